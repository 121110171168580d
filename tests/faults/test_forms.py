"""Numbers typed into a page, in every form that a page has: each is refused where it stands."""

from __future__ import annotations

import re

import pytest
import small_book

CONF = f"""{small_book.BOOK}
extensions = ["myst_nb", "sphinx_design", *BOOK, "chipbook.book.gates.code"]
myst_enable_extensions = [
    "amsmath", "attrs_block", "attrs_inline", "colon_fence", "deflist", "dollarmath",
    "html_image", "substitution",
]
myst_substitutions = {{"many": "3144 chips"}}
nb_execution_mode = "off"
numfig = True
html_theme = "basic"
"""

DIGITS = {
    "paragraph": "About 3101 chips.",
    "heading": "## 3102 chips",
    "emphasis": "About *3103* chips and **x**.",
    "list": "- 3104 chips",
    "definition": "Chip\n: 3105 of them",
    "quotation": "> 3106 chips",
    "table": "| a | b |\n|-|-|\n| x | 3107 |",
    "CSV table": "```{csv-table} A\n:header: a\n3108\n```",
    "caption of a table": "```{list-table} 3109 chips\n* - a\n```",
    "caption of a figure": "```{figure} x.png\n3110 chips\n```",
    "text alternative": "![3111 chips](x.png)",
    "title of an admonition": "```{admonition} 3112 chips\nx\n```",
    "admonition": ":::{note}\n3113 chips\n:::",
    "block of HTML": "<div>\n3114 chips\n</div>",
    "attribute in HTML": '<div aria-label="3115 chips">\nx\n</div>',
    "raw HTML": "```{raw} html\n<p>3116 chips</p>\n```",
    "type of code": "`3117` chips",
    "words in the type of code": "`about 3118 chips`",
    "mathematics": "It is $3119$ chips.",
    "block of mathematics": "$$\n3120\n$$",
    "block without a language": "```\n3121 chips\n```",
    "Arabic digits": "About ٣١٢٢ chips.",
    "full-width digits": "About ３１２３ chips.",
    "footnote": "A text.[^a]\n\n[^a]: 3124 chips",
    "title of a link": '[x](https://example.org "3125 chips")',
    "text of a link": "[3126 chips](https://example.org)",
    "abbreviation": "{abbr}`AI (3127 chips)`",
    "keyboard": "{kbd}`3128`",
    "menu": "{guilabel}`3129 chips`",
    "list that starts so": "3130. first\n3131. second",
    "sidebar": "```{sidebar} 3132 chips\nx\n```",
    "glossary": "```{glossary}\nthing\n  3133 chips\n```",
    "superscript": "{sup}`3134`",
    "card": "```{card} 3135 chips\nx\n```",
    "dropdown": "```{dropdown} 3136 chips\nx\n```",
    "tab": "````{tab-set}\n```{tab-item} 3137 chips\nx\n```\n````",
    "epigraph": "```{epigraph}\n3138 chips\n```",
    "reStructuredText": "```{eval-rst}\nAbout 3139 chips.\n```",
    "substitution": "{{ many }}",
    "with a scale": "It was 3145bn.",
    "year of things": "More than 2025 chips.",
    "thousands in a year's look": "Some 2000 billion yuan.",
    "money in a year's look": "It was $1999.",
    "day of things": "Of 12 May chips.",
    "version of things": "Python 3 billion.",
    "download": "{download}`3147 chips <../conf.py>`",
    "name of a figure": "{numref}`3148 of %s <a>`",
    "rubric": "```{rubric} 3149 chips\n```",
    "attribute without quotes": "<div title=3150bn>\nx\n</div>",
    "attribute in capitals": '<div TITLE = "3151 chips">\nx\n</div>',
    "what is heard of a part": '<div aria-valuetext="3152 chips">\nx\n</div>',
    "list in HTML": '<ol start="3153"><li>x</li></ol>',
    "in the dress of an output": "[3154 chips]{.cell_output}",
    "block in the dress of an output": "{.cell_output}\n3155 chips",
    "caption of the contents": "```{toctree}\n:caption: 3156 chips\n```",
    "title in the contents": "```{toctree}\n3157 chips <https://example.org>\n```",
    "entry of the index": "{index}`x <single: 3158 chips>`",
    "money in the type of code": "`$3159bn/yr`",
    "money in a block": "```text\n3160bn=\n```",
    "title of a picture": '![x](https://example.org/x.png "3161 chips")',
    "a year's look before a plural": "Some 2001 of them and 2002 tokens.",
    "no such day": "On 99 May.",
}
"""A form → how it is typed; the first number in it is the fault."""

WORDS = {
    "twelve billion": "It was twelve billion dollars.",
    "dozen": "A dozen firms bought.",
    "sixty": "It was sixty percent.",
    "thirds": "Of it two thirds went.",
    "Half": "Half of it went.",
    "third": "A good third went.",
    "twice": "It was twice as much.",
    "tripled": "It tripled.",
    "tenfold": "It grew tenfold.",
    "Forty-two": "Forty-two firms bought.",
    "hundreds": "It took hundreds.",
    "一百二十亿": "它花了一百二十亿美元。",
    "½": "About ½ of it.",
    "¹²": "About ¹² chips.",
    "⑫": "About ⑫ chips.",
    "Ⅻ": "About Ⅻ chips.",
    "XII": "About XII chips.",
    "one third": "Of it one third went.",
    "two": "It was two percent.",
    "one": "It was one point five.",
    "sixfold": "It grew sixfold.",
    "trebled": "It trebled.",
    "twelve": "It was twe\u00adl\u200bve.",
    "forty": "Of the forty firms most went.",
    "seventeen": "Huawei sold seventeen chips",
}
"""A numeral without a digit → how it is typed."""

FREE = """On 21 January 2025, in 2025-01 and in 2025 Q1, one of the two first said so to both; the
H20 and the Ascend 910B, in one half-year, at this one point, CC BY 4.0, five months,
“almost half”, the first half of 2025, three questions. See `x = 5`, `ft25-total` and
`facts["ft25-total"]`.[^b]

[^b]: A note.

```python
print(12)
```
"""


@pytest.fixture(scope="module")
def warnings(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """What is said of a book that has each form on a page of its own."""
    forms = {**DIGITS, **WORDS, "front matter": "---\ndescription: About 3143 chips.\n---\n\nx"}
    pages = {"index": "# Book\n\n```{toctree}\n:glob:\n\nchapters/*\n```\n"}
    for number, text in enumerate(forms.values()):
        head, text = ("", text) if not text.startswith("---") else (f"{text}\n\n", "")
        pages[f"chapters/p{number}"] = f"{head}# Page\n\n{text}\n"
    pages["chapters/free"] = f"# Free\n\n{FREE}"
    _, said = small_book.make(tmp_path_factory.mktemp("forms"), pages, CONF)
    return said.splitlines()


def of_page(warnings: list[str], number: int) -> str:
    return "\n".join(line for line in warnings if re.search(rf"/p{number}\.md\b", line))


@pytest.mark.parametrize(("number", "form"), [*enumerate(DIGITS)], ids=DIGITS)
def test_typed_digits_are_refused(warnings, number, form):
    typed = re.search(r"\d+|[٠-٩]+|[０-９]+", DIGITS[form])
    numeral = typed[0] if typed else "3144"
    assert f"naked number '{numeral}'" in of_page(warnings, number)


@pytest.mark.parametrize(("number", "word"), [*enumerate(WORDS, start=len(DIGITS))], ids=WORDS)
def test_number_words_and_signs_are_refused(warnings, number, word):
    assert f"naked number '{word}'" in of_page(warnings, number)


def test_a_description_for_others_is_read_too(warnings):
    assert "naked number '3143'" in of_page(warnings, len(DIGITS) + len(WORDS))


def test_what_claims_nothing_passes(warnings):
    assert [line for line in warnings if "/free.md" in line] == []
