"""The glossary, wherever one of its words is used.

Flows in: the pages of the parts Learn and Use, and the glossary. Flows out: the same pages, in which the first use of a word
in each section leads to the glossary, and has the definition with it; `terms.js` shows that beside the word. A page that uses
a word in another sense, as *class* for a class of Python, names it in its front matter: `plain_words: class, unit`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment

GLOSSARY = "reference/glossary"
PARTS = ("learn/", "use/")
IRREGULAR = {
    "leaf": "leaves",
    "vector-Jacobian product (vjp)": "vector-Jacobian products?|vjps?",
    "broadcasting": "broadcasts?",
    "root mean squared error (RMSE)": "root mean squared errors?|RMSE",
}
LEFT_ALONE = (
    nodes.literal, nodes.literal_block, nodes.title, nodes.rubric, nodes.reference, nodes.math, nodes.math_block, nodes.raw,
    nodes.caption, nodes.image, nodes.table,
)  # fmt: skip


def pattern(words: Iterable[str]) -> re.Pattern[str]:
    """Finds each of these words, also in the plural and at the beginning of a sentence. Longer ones go first.

    >>> found = pattern(["leaf", "batch", "Adam", "rule", "chain rule"])
    >>> [match[0] for match in found.finditer("Leaves of batches: an adam of Adam, rules; the chain rule. Batching.")]
    ['Leaves', 'batches', 'Adam', 'rules', 'chain rule']
    """
    return re.compile(
        r"(?<![\w∂-])(?:" + "|".join(form(word) for word in sorted(words, key=len, reverse=True)) + r")(?![\w-])"
    )


def form(word: str) -> str:
    """A pattern for one word."""
    first = re.escape(word[0]) if word != word.lower() else f"[{word[0].upper()}{word[0]}]"
    plural = "(?:es)?" if word.endswith(("s", "x", "ch")) else "s?"
    regular = first + re.escape(word[1:-1]) + ("(?:y|ies)" if word.endswith("y") else re.escape(word[-1]) + plural)
    if word in IRREGULAR:
        regular += f"|[{word[0].upper()}{word[0]}]{IRREGULAR[word][1:]}"
    return regular.replace("\\ ", r"\s+")  # a line may end between two words


def entries(env: BuildEnvironment) -> dict[str, tuple[str, str]]:
    """For each word of the glossary, the place of its entry and the definition."""
    found = {}
    for item in env.get_doctree(GLOSSARY).findall(nodes.definition_list_item):
        [definition] = (part for part in item.children if isinstance(part, nodes.definition))
        for term in item.children:
            if isinstance(term, nodes.term):
                found[term.astext()] = (term["ids"][0], " ".join(definition.astext().split()))
    return found


def word_of(text: str, words: Iterable[str]) -> str:
    """The entry that a found text belongs to."""
    return next(word for word in sorted(words, key=len, reverse=True) if re.fullmatch(form(word), text))


def linked(app: Sphinx, document: nodes.document, name: str) -> None:
    """Link the first use of each word in each section; and give links that were written by hand the definition as well."""
    if name == GLOSSARY or GLOSSARY not in app.env.all_docs:
        return
    known = entries(app.env)
    places = {place: (word, text) for word, (place, text) in known.items()}
    for link in document.findall(nodes.reference):
        place = link.get("refuri", "").partition(f"{GLOSSARY.split('/')[-1]}.html#")[2]
        if place in places:
            link["classes"].append("term")
            link["reftitle"] = ": ".join(places[place])
    if not name.startswith(PARTS):
        return
    plain = {word.strip() for word in str(app.env.metadata[name].get("plain_words", "")).split(",")}
    words = [word for word in known if word not in plain]
    find, seen = pattern(words), set[tuple[int, str]]()
    for element in list(document.findall(nodes.TextElement)):
        join_lines(element)
    for text in list(document.findall(nodes.Text)):
        section = section_of(text)
        if section is None:
            continue
        parts: list[nodes.Node] = []
        end = 0
        for match in find.finditer(text.astext()):
            word = word_of(match[0], words)
            if (id(section), word) in seen:
                continue
            seen.add((id(section), word))
            place, definition = known[word]
            uri = app.builder.get_relative_uri(name, GLOSSARY) + "#" + place
            link = nodes.reference(
                "", match[0], internal=True, refuri=uri, reftitle=f"{word}: {definition}", classes=["term"]
            )
            parts += [nodes.Text(text.astext()[end : match.start()]), link]
            end = match.end()
        if parts:
            text.parent.replace(text, [*parts, nodes.Text(text.astext()[end:])])


def join_lines(element: nodes.TextElement) -> None:
    """Make one text of those that follow each other: each line of a paragraph is one, and a term may end in the next."""
    joined: list[nodes.Node] = []
    for child in element.children:
        if isinstance(child, nodes.Text) and joined and isinstance(joined[-1], nodes.Text):
            joined[-1] = nodes.Text(joined[-1].astext() + child.astext())
        else:
            joined.append(child)
    if len(joined) < len(element.children):
        element.children = []
        element += joined


def section_of(text: nodes.Text) -> nodes.Element | None:
    """The section of the page that a text is in; None for code, headings, tables, links and results."""
    section, node = None, text.parent
    while node is not None:
        if isinstance(node, LEFT_ALONE) or "cell" in node.get("classes", ()):
            return None
        if isinstance(node, nodes.section) and isinstance(node.parent, nodes.section):
            section = node
        elif isinstance(node, nodes.section):
            section = section or node
        node = node.parent
    return section


def outdated(app: Sphinx, env: BuildEnvironment, added: set[str], changed: set[str], removed: set[str]) -> list[str]:
    """Notice that the glossary has changed; no page has to be read again because of it."""
    env.metadata[GLOSSARY]["changed"] = GLOSSARY in added | changed
    return []


def written_again(app: Sphinx, env: BuildEnvironment) -> list[str]:
    """With a new glossary, all pages that show its words are written again."""
    return [name for name in env.all_docs if name.startswith(PARTS)] if env.metadata[GLOSSARY].get("changed") else []


def setup(app: Sphinx) -> dict[str, Any]:
    app.connect("doctree-resolved", linked, priority=900)  # after the references, and before nothing
    app.connect("env-get-outdated", outdated)
    app.connect("env-updated", written_again)
    app.add_js_file("terms.js", loading_method="defer")
    return {"parallel_read_safe": True, "parallel_write_safe": True}
