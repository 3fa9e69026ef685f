#!/usr/bin/env python3
"""Makes the number tables of this folder from the `phonenumbers` package of PyPI (Apache-2.0).

    python3 -m venv venv && venv/bin/pip install phonenumbers && venv/bin/python make.py

Writes
  countries.tsv  ISO code, calling code, international prefix, trunk prefix, lengths of national numbers,
                 main country of its calling code (1 or 0), emergency numbers, short numbers
  areas-49.tsv   German area codes and their names
  areas.tsv      areas of other countries: prefix after `+`, name; a prefix is left out if a shorter
                 one has the same name

Short numbers are given as patterns of digits and dots (a dot is any digit).
"""

import re
from pathlib import Path

import phonenumbers
from phonenumbers import PhoneMetadata
from phonenumbers.geodata import GEOCODE_DATA

HERE = Path(__file__).resolve().parent


def literal(pattern):
    """The first way to read a pattern as plain digits."""
    pattern = pattern or ""
    while "(?:" in pattern:
        pattern = re.sub(r"\(\?:([^|()]*)(?:\|[^()]*)?\)", r"\1", pattern)
    pattern = re.sub(r"\[([0-9]).*?\]", r"\1", pattern.split("|")[0])
    return pattern if pattern.isdigit() else ""


def trunk_prefix(region, metadata):
    """What is dialled before a national number: the data names a 0 for some countries that dial none."""
    prefix = metadata.national_prefix or ""
    if region == "BY":
        return "80"
    if prefix == "0":
        kinds = (phonenumbers.PhoneNumberType.FIXED_LINE, phonenumbers.PhoneNumberType.MOBILE)
        examples = [phonenumbers.example_number_for_type(region, kind) for kind in kinds]
        national = phonenumbers.PhoneNumberFormat.NATIONAL
        shown = [phonenumbers.format_number(example, national) for example in examples if example]
        if not any(text.lstrip("(").startswith("0") for text in shown):
            return ""
    return prefix


def collapsed(codes):
    """Digit strings of one length, with full sets of ten replaced by a dot, from the right."""
    for place in range(max(map(len, codes), default=0) - 1, -1, -1):
        groups = {}
        for code in codes:
            if len(code) > place:
                groups.setdefault((code[:place], code[place + 1:]), set()).add(code[place])
        out = {code for code in codes if len(code) <= place}
        for (before, after), digits in groups.items():
            if len(digits) == 10:
                out.add(before + "." + after)
            else:
                out |= {before + digit + after for digit in digits}
        codes = out
    return codes


def short_numbers(region):
    metadata = PhoneMetadata.short_metadata_for_region(region)
    if metadata is None:
        return "", ""
    emergency = re.compile((metadata.emergency and metadata.emergency.national_number_pattern) or "(?!)")
    code = re.compile((metadata.short_code and metadata.short_code.national_number_pattern) or "(?!)")
    urgent = [f"{n:03}" for n in range(1000) if emergency.fullmatch(f"{n:03}")]
    urgent += [f"{n:02}" for n in range(100) if emergency.fullmatch(f"{n:02}")]
    short = set()
    for length in range(3, 7):
        found = {f"{n:0{length}}" for n in range(10**length) if code.fullmatch(f"{n:0{length}}")}
        if region == "DE":
            # Subscriber numbers of German areas may begin with 2 to 9; only 11... can not be one.
            found = {c for c in found if c.startswith("11")}
        short |= collapsed(found)
    return " ".join(sorted(urgent)), " ".join(sorted(short))


def countries():
    rows = []
    for region in sorted(phonenumbers.SUPPORTED_REGIONS):
        m = PhoneMetadata.metadata_for_region(region)
        international = (m.preferred_international_prefix or "").replace("~", "")
        international = international if international.isdigit() else literal(m.international_prefix)
        lengths = " ".join(str(n) for n in m.general_desc.possible_length if n > 0)
        main = phonenumbers.region_code_for_country_code(m.country_code) == region
        urgent, short = short_numbers(region)
        if len(short) > 400:
            short = ""
        rows.append("\t".join([region, str(m.country_code), international, trunk_prefix(region, m),
                               lengths, "1" if main else "0", urgent, short]))
    for code, regions in phonenumbers.COUNTRY_CODE_TO_REGION_CODE.items():
        if regions == ("001",):
            m = PhoneMetadata.metadata_for_nongeo_region(code)
            lengths = " ".join(str(n) for n in m.general_desc.possible_length if n > 0)
            rows.append("\t".join(["001", str(code), "", "", lengths, "1", "", ""]))
    return rows


def areas():
    german, world = [], {}
    for prefix, names in GEOCODE_DATA.items():
        if prefix.startswith("49"):
            german.append(f"{prefix[2:]}\t{names.get('de') or names['en']}")
        else:
            name = names.get("de") if prefix[:2] in ("41", "43") else None
            world[prefix] = name or names.get("en") or next(iter(names.values()))
    kept = {}
    for prefix in sorted(world, key=len):
        shorter = next((kept[prefix[:n]] for n in range(len(prefix) - 1, 0, -1) if prefix[:n] in kept), None)
        # Beyond six digits after `+` the table grows tenfold and says little more.
        if world[prefix] != shorter and len(prefix) <= 6:
            kept[prefix] = world[prefix]
    return sorted(german), [f"{p}\t{kept[p]}" for p in sorted(kept)]


def write(name, rows):
    source = f"# from phonenumbers {phonenumbers.__version__} (Apache-2.0), made by make.py\n"
    (HERE / name).write_text(source + "\n".join(rows) + "\n", encoding="utf-8")
    print(name, len(rows), (HERE / name).stat().st_size)


if __name__ == "__main__":
    german, world = areas()
    write("areas-49.tsv", german)
    write("areas.tsv", world)
    write("countries.tsv", countries())
