#!/usr/bin/env python3
"""Sets what the reports write as LaTeX, and looks for mistakes of it: scripts/check-latex.py SWEEP DATABASE [FOLDER]

SWEEP is the program, DATABASE a results database with jobs. Every report is set by pdflatex in a plain article, once with the fonts of TeX
and once with those of most papers (T1) and a language of babel that makes commands of quotation marks; a table of characters that mean
something to TeX, and the reports of a copy of the database with such names in it, too. It is a mistake where pdflatex stops, a line or a
table stands out of the text, a table is longer than a page, or a text of the table is not read from the pages again. FOLDER gets the pages
as PDF and PNG, to look at. Needs pdflatex and poppler-utils (Debian: texlive-latex-recommended,
texlive-lang-german, poppler-utils).
"""

import pathlib
import re
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import unicodedata

HOSTILE = r"""50 % of a_b & {c} $x^2$ #1 ~ \today "q" 'p' <d> |e| [f] --g `h` i/j µ é ß ø – … ± ≤ ≥ × α β θ Δ Ω"""
PREAMBLES = {
    "plain": "",
    "paper": "\\usepackage[T1]{fontenc}\n\\usepackage[german]{babel}\n",
}
# What pdflatex says of pages that are not as they should be.
MISTAKES = re.compile(r"^! .*|.*Float too large.*|.*Too many unprocessed floats.*|Overfull .hbox \(\d{1,}\.\d+pt.*|Missing character.*", re.M)
# Points by which a line may stand out: no eye sees them.
UNSEEN = 2.0


def main():
    if len(sys.argv) not in (3, 4):
        sys.exit(__doc__)
    program, database = (pathlib.Path(argument).resolve() for argument in sys.argv[1:3])
    with tempfile.TemporaryDirectory() as temporary:
        folder = pathlib.Path(sys.argv[3]).resolve() if len(sys.argv) == 4 else pathlib.Path(temporary) / "pages"
        folder.mkdir(parents=True, exist_ok=True)
        hostile = hostile_copy(database, pathlib.Path(temporary) / "hostile.db")
        mistakes = 0
        for name, arguments in reports(database, hostile):
            ran = subprocess.run([program, *arguments, "--format", "latex"], capture_output=True, text=True)
            if ran.returncode != 0:
                sys.exit(f"{name}: {ran.stderr}")
            for kind, preamble in PREAMBLES.items():
                found = set_pages(folder, f"{name}-{kind}", preamble, ran.stdout)
                mistakes += len(found)
                for line in found:
                    print(f"{name}-{kind}: {line}")
        if mistakes:
            sys.exit(f"{mistakes} mistakes")


def hostile_copy(database, copy):
    shutil.copy(database, copy)
    with sqlite3.connect(copy) as connection:
        connection.execute("UPDATE sweep SET name = ?", [HOSTILE])
        connection.execute("UPDATE data_set SET title = ?", [HOSTILE])
        connection.execute("UPDATE run SET host = ?", [HOSTILE])
    return copy


def reports(database, hostile):
    """Names of pages, and the arguments of the program that give them."""
    with sqlite3.connect(f"{database.as_uri()}?mode=ro", uri=True) as connection:
        query = "SELECT job_id FROM trials WHERE status = 'finished' GROUP BY data_identity, model, activation, seed LIMIT 2"
        first, second = (row[0] for row in connection.execute(query))
    for kind, path in [("", database), ("hostile-", hostile)]:
        db = ["--db", str(path)]
        yield f"{kind}jobs", ["report", *db]
        yield f"{kind}best", ["report", *db, "--best"]
        yield f"{kind}by", ["report", *db, "--by"]
        yield f"{kind}by-activation", ["report", *db, "--by", "activation", "--each"]
        yield f"{kind}top", ["report", *db, "--by", "--top", "2"]
        yield f"{kind}where", ["report", *db, "--where", "seed = 0 and epochs > 1"]
        yield f"{kind}show", ["show", first, *db]
        yield f"{kind}compare", ["compare", first, second, *db]
    halves = HOSTILE[:len(HOSTILE) // 2], HOSTILE[len(HOSTILE) // 2:]
    columns = ", ".join(f"{literal(half)} AS {identifier(half)}" for half in halves)
    odd = ", '*star' AS \"*\", '[x]' AS \"[y]\", 'two' || char(10) || 'lines' AS lines, -1.5 AS number"
    yield "characters", ["sql", f"SELECT {columns}{odd} UNION ALL SELECT '*', '[', '-', '', '`', NULL", "--db", str(database)]
    rows = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 30) SELECT i, i * 0.5 AS half FROM n"
    yield "rows", ["sql", rows, "--db", str(database)]


def literal(text):
    return "'" + text.replace("'", "''") + "'"


def identifier(text):
    return '"' + text.replace('"', '""') + '"'


def set_pages(folder, name, preamble, text):
    """Sets `text`, and gives what is wrong with the pages."""
    needs = re.search(r"% Needs (\\usepackage\{[^}]*\})", text)
    if "graphicx" not in needs[1]:
        # A table alone, whose width is the user's.
        preamble += "\\usepackage{graphicx}\n"
        text = f"\\noindent\\resizebox{{\\linewidth}}{{!}}{{%\n{text}}}\n"
    document = f"\\documentclass{{article}}\n{needs[1]}\n{preamble}\\begin{{document}}\n{text}\\end{{document}}\n"
    with tempfile.TemporaryDirectory() as temporary:
        (pathlib.Path(temporary) / f"{name}.tex").write_text(document, encoding="utf-8")
        command = ["pdflatex", "-interaction=nonstopmode", f"{name}.tex"]
        # Lines of what it says are not broken.
        environment = {"max_print_line": "10000", "PATH": "/usr/bin:/bin:/usr/local/bin", "HOME": temporary}
        for _ in range(2):
            log = subprocess.run(command, capture_output=True, cwd=temporary, env=environment).stdout.decode(errors="replace")
        made = pathlib.Path(temporary) / f"{name}.pdf"
        if not made.exists():
            return [log[-2000:]]
        shutil.copy(made, folder)
    for old in folder.glob(f"{name}-[0-9]*.png"):
        old.unlink()
    subprocess.run(["pdftoppm", "-r", "80", "-png", f"{name}.pdf", name], cwd=folder, check=True)
    found = [line for line in MISTAKES.findall(log) if not is_unseen(line)]
    if name == "characters-paper":  # The other fonts have no underscore and no tilde.
        found += lost(folder / f"{name}.pdf")
    print(f"{name}: {len(list(folder.glob(f'{name}-[0-9]*.png')))} pages", flush=True)
    return found


def is_unseen(line):
    size = re.match(r"Overfull .hbox \((\d+\.\d+)pt", line)
    return size is not None and float(size[1]) < UNSEEN


def lost(pages):
    """Letters and signs that cannot be read from the pages again."""
    text = subprocess.run(["pdftotext", "-layout", str(pages), "-"], capture_output=True, text=True, check=True).stdout
    # What fonts of TeX have another form of, or put together; backticks say what is code.
    same = {"'": "'’", "µ": "µμ", "Δ": "Δ∆", "ß": "ßÿ", "…": ["…", ". . ."], "–": "–-\x15", "-": "-−", "`": "\n"}
    read = unicodedata.normalize("NFC", text)
    missing = [sign for sign in sorted(set(HOSTILE) - {" "}) if not any(form in read for form in same.get(sign, sign))]
    return [f"not on the page: {' '.join(missing)}"] if missing else []


if __name__ == "__main__":
    main()
