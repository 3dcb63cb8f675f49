"""Which column of a bank's file holds what: an explicit mapping, or the usual names in English and Chinese."""

from collections.abc import Mapping, Sequence

from models.errors import InvalidInputError

ALIASES: dict[str, tuple[str, ...]] = {
    "name": ("name", "fullname", "customername", "姓名", "客户姓名", "客户名称", "名字"),
    "given_name": ("givenname", "firstname", "forename", "名"),
    "surname": ("surname", "lastname", "familyname", "姓"),
    "email": ("email", "emailaddress", "mail", "邮箱", "电子邮箱", "电子邮件", "邮箱地址", "邮件地址"),
    "phone": (
        *("mobile", "mobilephone", "mobilenumber", "cell", "cellphone", "phone", "phonenumber", "telephone"),
        *("手机", "手机号", "手机号码", "移动电话", "电话", "电话号码", "联系电话"),
    ),
    "reference": (
        *("customerid", "customernumber", "customerno", "clientid", "reference", "id"),
        *("客户号", "客户编号", "客户号码", "编号"),
    ),
    "place": (
        "place",
        "jurisdiction",
        "country",
        "countrycode",
        "国家",
        "国家或地区",
        "国家地区",
        "地区",
        "所在地",
    ),
    "state": ("state", "province", "subdivision", "省份", "省", "州"),
    "language": ("language", "lang", "locale", "语言", "语种"),
    "relation": ("relation", "relationship", "关系", "客户关系"),
    "categories": (
        *("categories", "datacategories", "dataexposed", "exposeddata", "data"),
        *("数据类别", "泄露数据", "信息类别", "信息种类"),
    ),
    "minor": ("minor", "isminor", "underage", "未成年", "未成年人", "是否未成年", "是否未成年人"),
    "guardian_name": ("guardianname", "parentname", "guardian", "监护人", "监护人姓名"),
    "guardian_email": ("guardianemail", "parentemail", "监护人邮箱", "监护人电子邮箱"),
    "guardian_phone": (
        "guardianphone",
        "guardianmobile",
        "parentphone",
        "监护人手机",
        "监护人手机号",
        "监护人电话",
    ),
    "person": ("tocsinperson",),
}
FIELDS = tuple(ALIASES)
_FIELD_OF = {alias: field for field, aliases in ALIASES.items() for alias in aliases}


def plain_header(header: str) -> str:
    """Give a header without case, spaces and the signs between its words."""
    return "".join(character for character in header.casefold() if character.isalnum())


def known_headers(headers: Sequence[str]) -> int:
    """Count the headers whose meaning is known: the sign that a file was decoded rightly."""
    return sum(plain_header(header) in _FIELD_OF for header in headers)


def columns_of(
    headers: Sequence[str], mapping: Mapping[str, str] | None, where: str
) -> dict[str, tuple[int, ...]]:
    """Give the positions of each field's columns, best first.

    Raises:
        InvalidInputError: the mapping names a field or header that does not exist, a header stands twice,
            or no column can hold an address.
    """
    _refuse_doubles(headers, where)
    found: dict[str, tuple[int, ...]] = dict(_mapped(headers, mapping or {}, where))
    taken = {at for places in found.values() for at in places}
    for field, aliases in ALIASES.items():
        if field in found:
            continue
        ranked = [
            (aliases.index(plain_header(header)), at)
            for at, header in enumerate(headers)
            if at not in taken and _FIELD_OF.get(plain_header(header)) == field
        ]
        if ranked:
            found[field] = tuple(at for _, at in sorted(ranked))
    if "email" not in found and "phone" not in found and "person" not in found:
        raise InvalidInputError(
            "The file has no column with an e-mail address or a phone number.",
            where=f"{where}, row 1",
            expected="a column such as email, phone, 邮箱 or 手机号",
            remedy=f"Name it with a mapping; the file has: {', '.join(headers)[:300]}.",
        )
    return found


def _mapped(
    headers: Sequence[str], mapping: Mapping[str, str], where: str
) -> list[tuple[str, tuple[int, ...]]]:
    for field, header in mapping.items():
        if field not in ALIASES:
            raise InvalidInputError(
                f"There is no field {field!r} of a person.", where=where, expected=", ".join(FIELDS)
            )
        if header not in headers:
            raise InvalidInputError(
                f"The file has no column {header!r}.",
                where=f"{where}, row 1",
                expected=f"one of: {', '.join(headers)[:300]}",
            )
    return [(field, (headers.index(header),)) for field, header in mapping.items()]


def _refuse_doubles(headers: Sequence[str], where: str) -> None:
    named = [header for header in headers if header]
    double = next((header for header in named if named.count(header) > 1), None)
    if double is not None:
        raise InvalidInputError(
            f"The column {double!r} stands twice.",
            where=f"{where}, row 1",
            remedy="Rename or drop one of them.",
        )
