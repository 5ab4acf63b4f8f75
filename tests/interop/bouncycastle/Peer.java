import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.Security;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import javax.activation.DataHandler;
import javax.mail.internet.MimeBodyPart;
import javax.mail.internet.MimeMultipart;
import javax.mail.util.ByteArrayDataSource;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.cert.jcajce.JcaCertStore;
import org.bouncycastle.cms.CMSAlgorithm;
import org.bouncycastle.cms.CMSAuthEnvelopedDataGenerator;
import org.bouncycastle.cms.CMSProcessableByteArray;
import org.bouncycastle.cms.RecipientInformation;
import org.bouncycastle.cms.SignerInformation;
import org.bouncycastle.cms.jcajce.JcaSimpleSignerInfoGeneratorBuilder;
import org.bouncycastle.cms.jcajce.JcaSimpleSignerInfoVerifierBuilder;
import org.bouncycastle.cms.jcajce.JceCMSContentEncryptorBuilder;
import org.bouncycastle.cms.jcajce.JceKeyTransEnvelopedRecipient;
import org.bouncycastle.cms.jcajce.JceKeyTransRecipientInfoGenerator;
import org.bouncycastle.cms.jcajce.ZlibCompressor;
import org.bouncycastle.cms.jcajce.ZlibExpanderProvider;
import org.bouncycastle.jce.provider.BouncyCastleProvider;
import org.bouncycastle.mail.smime.SMIMECompressed;
import org.bouncycastle.mail.smime.SMIMECompressedGenerator;
import org.bouncycastle.mail.smime.SMIMEEnveloped;
import org.bouncycastle.mail.smime.SMIMEEnvelopedGenerator;
import org.bouncycastle.mail.smime.SMIMESigned;
import org.bouncycastle.mail.smime.SMIMESignedGenerator;
import org.bouncycastle.mail.smime.SMIMEUtil;
import org.bouncycastle.operator.OutputAEADEncryptor;

/**
 * An AS2 peer on BouncyCastle, as the Java products are (OpenAS2, mendelson, phase2).
 *
 * "write FOLDER CASE..." writes FOLDER/CASE.mime for each CASE "cipher digest compression"; "read FOLDER NAME..." says of each
 * FOLDER/NAME.mime what it found. FOLDER has payload, peer.crt and peer.key (its own), gateway.crt (ours).
 */
public final class Peer {
  private static final Map<String, ASN1ObjectIdentifier> CIPHERS = Map.of(
      "3des", CMSAlgorithm.DES_EDE3_CBC,
      "aes128-cbc", CMSAlgorithm.AES128_CBC,
      "aes192-cbc", CMSAlgorithm.AES192_CBC,
      "aes256-cbc", CMSAlgorithm.AES256_CBC,
      "aes128-gcm", CMSAlgorithm.AES128_GCM,
      "aes192-gcm", CMSAlgorithm.AES192_GCM,
      "aes256-gcm", CMSAlgorithm.AES256_GCM);
  private static final int MOST_LAYERS = 5;

  private final Path folder;
  private final byte[] payload;
  private final X509Certificate own;
  private final X509Certificate gateway;
  private final PrivateKey key;

  private Peer(Path folder) throws Exception {
    this.folder = folder;
    payload = Files.readAllBytes(folder.resolve("payload"));
    own = certificate("peer.crt");
    gateway = certificate("gateway.crt");
    key = privateKey("peer.key");
  }

  public static void main(String[] words) throws Exception {
    Security.addProvider(new BouncyCastleProvider());
    Peer peer = new Peer(Path.of(words[1]));
    for (String each : Arrays.copyOfRange(words, 2, words.length)) {
      String found;
      try {
        found = words[0].equals("write") ? peer.write(each) : peer.read(each);
      } catch (Exception failed) {
        found = "failed: " + failed;
      }
      System.out.println(each + "\t" + found);
    }
  }

  private String write(String name) throws Exception {
    String[] how = name.split(" ");
    MimeBodyPart part = new MimeBodyPart();
    part.setDataHandler(new DataHandler(new ByteArrayDataSource(payload, "application/edi-x12")));
    part.setHeader("Content-Type", "application/edi-x12; name=order.edi");
    part.setHeader("Content-Transfer-Encoding", "binary");
    part.setHeader("Content-Disposition", "attachment; filename=order.edi");
    if (how[2].equals("before")) {
      part = compressed(part);
    }
    part = signed(part, how[1].toUpperCase() + "withRSA");
    if (how[2].equals("after")) {
      part = compressed(part);
    }
    part = how[0].endsWith("gcm") ? authenticated(part, how[0]) : encrypted(part, how[0]);
    try (OutputStream file = Files.newOutputStream(folder.resolve(name + ".mime"))) {
      part.writeTo(file);
    }
    return "written";
  }

  private MimeBodyPart compressed(MimeBodyPart part) throws Exception {
    SMIMECompressedGenerator generator = new SMIMECompressedGenerator();
    generator.setContentTransferEncoding("binary");
    return generator.generate(part, new ZlibCompressor());
  }

  private MimeBodyPart signed(MimeBodyPart part, String algorithm) throws Exception {
    SMIMESignedGenerator generator = new SMIMESignedGenerator();
    generator.setContentTransferEncoding("base64");
    generator.addSignerInfoGenerator(
        new JcaSimpleSignerInfoGeneratorBuilder().setProvider("BC").build(algorithm, key, own));
    generator.addCertificates(new JcaCertStore(List.of(own)));
    MimeMultipart both = generator.generate(part);
    MimeBodyPart around = new MimeBodyPart();
    around.setContent(both);
    around.setHeader("Content-Type", both.getContentType());
    return around;
  }

  private MimeBodyPart encrypted(MimeBodyPart part, String cipher) throws Exception {
    SMIMEEnvelopedGenerator generator = new SMIMEEnvelopedGenerator();
    generator.setContentTransferEncoding("binary");
    generator.addRecipientInfoGenerator(new JceKeyTransRecipientInfoGenerator(gateway));
    return generator.generate(
        part, new JceCMSContentEncryptorBuilder(CIPHERS.get(cipher)).setProvider("BC").build());
  }

  /** The same in a mode that authenticates, for which its S/MIME layer has no writer. */
  private MimeBodyPart authenticated(MimeBodyPart part, String cipher) throws Exception {
    java.io.ByteArrayOutputStream whole = new java.io.ByteArrayOutputStream();
    part.writeTo(whole);
    CMSAuthEnvelopedDataGenerator generator = new CMSAuthEnvelopedDataGenerator();
    generator.addRecipientInfoGenerator(new JceKeyTransRecipientInfoGenerator(gateway));
    byte[] sealed =
        generator
            .generate(
                new CMSProcessableByteArray(whole.toByteArray()),
                (OutputAEADEncryptor)
                    new JceCMSContentEncryptorBuilder(CIPHERS.get(cipher)).setProvider("BC").build())
            .getEncoded();
    MimeBodyPart around = new MimeBodyPart();
    String kind = "application/pkcs7-mime; smime-type=authEnveloped-data; name=smime.p7m";
    around.setDataHandler(new DataHandler(new ByteArrayDataSource(sealed, "application/octet-stream")));
    around.setHeader("Content-Type", kind);
    around.setHeader("Content-Transfer-Encoding", "binary");
    return around;
  }

  private String read(String name) throws Exception {
    MimeBodyPart part;
    try (InputStream file = Files.newInputStream(folder.resolve(name + ".mime"))) {
      part = new MimeBodyPart(file);
    }
    StringBuilder layers = new StringBuilder();
    for (int layer = 0; layer < MOST_LAYERS; layer++) {
      String kind = part.getContentType().toLowerCase();
      if (kind.contains("enveloped-data")) {
        RecipientInformation ours = new SMIMEEnveloped(part).getRecipientInfos().getRecipients().iterator().next();
        part = SMIMEUtil.toMimeBodyPart(ours.getContent(new JceKeyTransEnvelopedRecipient(key).setProvider("BC")));
        layers.append("encrypted ");
      } else if (kind.contains("compressed-data")) {
        part = SMIMEUtil.toMimeBodyPart(new SMIMECompressed(part).getContent(new ZlibExpanderProvider()));
        layers.append("compressed ");
      } else if (kind.contains("multipart/signed")) {
        SMIMESigned signed = new SMIMESigned((MimeMultipart) part.getContent());
        SignerInformation signer = signed.getSignerInfos().getSigners().iterator().next();
        if (!signer.verify(new JcaSimpleSignerInfoVerifierBuilder().setProvider("BC").build(gateway))) {
          return "the signature does not hold";
        }
        part = signed.getContent();
        layers.append("signed ");
      } else {
        break;
      }
    }
    byte[] found = part.getInputStream().readAllBytes();
    return layers + (Arrays.equals(found, payload) ? "equal" : "other bytes");
  }

  private X509Certificate certificate(String name) throws Exception {
    byte[] pem = Files.readAllBytes(folder.resolve(name));
    return (X509Certificate) CertificateFactory.getInstance("X.509").generateCertificate(new ByteArrayInputStream(pem));
  }

  private PrivateKey privateKey(String name) throws Exception {
    String pem = new String(Files.readAllBytes(folder.resolve(name)), StandardCharsets.US_ASCII);
    byte[] der = Base64.getMimeDecoder().decode(pem.replaceAll("-----[A-Z ]+-----", ""));
    return KeyFactory.getInstance("RSA").generatePrivate(new PKCS8EncodedKeySpec(der));
  }
}
