"""Which element of a segment means what: the one place of element positions; everywhere else they have names.

A `range` names the qualifiers of pairs: the id each of them qualifies stands one further.
"""


class BEG:
    """Start of a purchase order."""

    purpose = 1
    type = 2
    number = 3
    release = 4
    date = 5
    contract = 6


class BAK:
    """Start of an answer to an order."""

    purpose = 1
    response = 2
    order_number = 3
    order_date = 4
    release = 5
    contract = 7
    seller_order_number = 8
    date = 9


class BSN:
    """Start of a ship notice."""

    purpose = 1
    number = 2
    date = 3
    time = 4
    structure = 5


class BIG:
    """Start of an invoice."""

    date = 1
    number = 2
    order_date = 3
    order_number = 4
    release = 5
    type = 7
    purpose = 8
    original_number = 10


class PO1:
    """A line of an order."""

    line_number = 1
    quantity = 2
    uom = 3
    unit_price = 4
    price_basis = 5
    item_ids = range(6, 25, 2)


class IT1(PO1):
    """A line of an invoice."""


class LIN:
    """The item of a ship notice line."""

    line_number = 1
    item_ids = range(2, 31, 2)


class SN1:
    """What was shipped of it."""

    line_number = 1
    quantity = 2
    uom = 3
    cumulative = 4
    ordered = 5
    ordered_uom = 6
    status = 8


class ACK:
    """What the seller says to a line."""

    code = 1
    quantity = 2
    uom = 3
    date_qualifier = 4
    date = 5
    item_ids = range(7, 26, 2)


class SCH:
    """One delivery of a line."""

    quantity = 1
    uom = 2
    date_qualifier = 5
    date = 6


class PRF:
    """The order that was shipped."""

    order_number = 1
    release = 2
    date = 4
    contract = 6


class HL:
    """One level of a ship notice."""

    id = 1
    parent = 2
    level = 3


class N1:
    """Who plays a part."""

    role = 1
    name = 2
    scheme = 3
    id = 4


class N2:
    """More of a name."""

    name = 1
    more = 2


class N3:
    """Street."""

    first = 1
    second = 2


class N4:
    """Town."""

    city = 1
    state = 2
    postal_code = 3
    country = 4


class PER:
    """Whom to ask; `numbers` are pairs."""

    function = 1
    name = 2
    numbers = range(3, 8, 2)


class REF:
    """A number something goes by."""

    qualifier = 1
    value = 2
    description = 3


class N9:
    """A number, and the heading of a note."""

    qualifier = 1
    value = 2
    description = 3


class MSG:
    """Free text."""

    text = 1


class NTE:
    """Free text of an invoice."""

    code = 1
    text = 2


class MTX(NTE):
    """Free text, as 005010 has it."""


class PID:
    """What an item is, in words or a code."""

    characteristic = 2
    code = 4
    text = 5


class DTM:
    """A date with its meaning."""

    qualifier = 1
    date = 2
    time = 3
    zone = 4


class CUR:
    """Currency."""

    currency = 2


class AMT:
    """An amount with its meaning."""

    qualifier = 1
    value = 2


class ITD:
    """Terms of payment."""

    type = 1
    basis = 2
    discount_percent = 3
    discount_due = 4
    discount_days = 5
    net_due = 6
    net_days = 7
    discount_amount = 8
    description = 12


class FOB:
    """Terms of delivery."""

    payment = 1
    location_qualifier = 2
    location = 3


class SAC:
    """An allowance or a charge."""

    indicator = 1
    code = 2
    agency = 3
    agency_code = 4
    amount = 5
    percent_basis = 6
    percent = 7
    rate = 8
    uom = 9
    quantity = 10
    method = 12
    description = 15


class TXI:
    """A tax."""

    type = 1
    amount = 2
    percent = 3
    jurisdiction_qualifier = 4
    jurisdiction = 5
    exempt = 6
    relationship = 7


class TD1:
    """Packages and weight."""

    packaging = 1
    count = 2
    weight_qualifier = 6
    weight = 7
    weight_uom = 8


class TD5:
    """Carrier."""

    scheme = 2
    id = 3
    mode = 4
    routing = 5


class TD3:
    """Vehicle or container."""

    type = 1
    initial = 2
    number = 3
    seal = 9


class CAD:
    """Carrier of an invoice; its id is a SCAC."""

    mode = 1
    scac = 4
    routing = 5
    reference_qualifier = 7
    reference = 8


class PO4:
    """How an item is packed."""

    pack = 1
    size = 2
    uom = 3


class MAN:
    """Marks on a package: two qualified ones at most, the first may be a range."""

    qualifier = 1
    value = 2
    through = 3
    second_qualifier = 4
    second_value = 5


class TDS:
    """Total of an invoice."""

    payable = 1
    discountable = 2


class CTT:
    """The sender's own count."""

    count = 1
    hash_total = 2
