// An AS2 peer on libas2, a process of its own. Reads a verb and a name in each line, separated by a tab, and answers in one
// line that begins with "said" and a tab. Files lie in the folder it is started with: payload, peer.crt, peer.key (its own), gateway.crt.
const fs = require('fs')
const path = require('path')
const readline = require('readline')
const { AS2Composer, AS2Parser } = require('libas2')

const folder = process.argv[2]
const file = name => fs.readFileSync(path.join(folder, name))
const own = { certificate: file('peer.crt'), privateKey: file('peer.key') }
const gateway = file('gateway.crt')
const payload = file('payload')
const CIPHERS = {
  '3des': 'des-EDE3-CBC',
  'aes128-cbc': 'aes128-CBC',
  'aes192-cbc': 'aes192-CBC',
  'aes256-cbc': 'aes256-CBC'
}
const DIGESTS = { sha1: 'sha-1', sha256: 'sha-256', sha384: 'sha-384', sha512: 'sha-512' }

// What was agreed, for a cipher ("none": signed only) and a digest.
const agreement = (cipher, digest) => ({
  host: {
    name: 'PEER',
    id: 'PEER',
    url: 'http://peer.example',
    ...own,
    decrypt: cipher !== 'none',
    sign: DIGESTS[digest],
    mdn: { async: false, signing: DIGESTS[digest] }
  },
  partner: {
    name: 'GATEWAY',
    id: 'GATEWAY',
    url: 'http://gateway.example',
    file: 'EDIX12',
    certificate: gateway,
    encrypt: cipher === 'none' ? false : CIPHERS[cipher],
    verify: true,
    mdn: { async: false, signing: DIGESTS[digest] }
  }
})

const keep = async (name, node) => {
  fs.writeFileSync(path.join(folder, `${name}.mime`), await node.build())
  return 'written'
}

const VERBS = {
  write: async name => {
    const [cipher, digest] = name.split(' ')
    const message = { content: payload, contentType: 'application/edi-x12', filename: 'order.edi' }
    const composer = new AS2Composer({ message, agreement: agreement(cipher, digest) })
    return keep(name, await composer.compile())
  },
  answer: async name => {
    const [, cipher, digest] = name.split(' ')
    // Given headers and content apart it reads the content as UTF-8; the whole as one buffer it leaves alone.
    const node = await AS2Parser.parse(file(`${name}.mime`))
    const { contentNode, dispositionNode } = await node.dispositionOut({ agreement: agreement(cipher, digest) })
    await keep(`${name} mdn`, dispositionNode)
    // Its parser hands on one line break more than was sent; the MIC in its MDN is over the bytes that came.
    const found = contentNode ? Buffer.from(contentNode.content) : Buffer.alloc(0)
    return found.equals(Buffer.concat([payload, Buffer.from('\r\n')])) ? 'equal' : 'other bytes'
  },
  judge: async name => {
    const node = await AS2Parser.parse(file(`${name}.mime`))
    const { disposition } = (await node.dispositionIn({ cert: gateway })).notification
    if (disposition.description) return `${disposition.description.type}: ${disposition.description.text}`
    return disposition.processed ? 'processed' : 'not processed'
  }
}

const main = async () => {
  for await (const line of readline.createInterface({ input: process.stdin })) {
    const [verb, name] = line.split('\t')
    const said = await VERBS[verb](name).catch(error => `failed: ${error.message}`)
    console.log(`said\t${said.replace(/\s+/gu, ' ')}`)
  }
}

main()
