"""Writes each case's expected.txt with Jinja itself, set up as transformers does. Needs Python 3 and jinja2.

An expected.txt that begins with "error: " says that the template refuses the conversation.
"""

import datetime
import json
import pathlib

import jinja2
import jinja2.ext
from jinja2.sandbox import ImmutableSandboxedEnvironment

NOW = datetime.datetime(2026, 3, 5, 14, 7, 9)


def raise_exception(message):
    raise jinja2.exceptions.TemplateError(message)


def tojson(value, ensure_ascii=False, indent=None, separators=None, sort_keys=False):
    return json.dumps(value, ensure_ascii=ensure_ascii, indent=indent, separators=separators, sort_keys=sort_keys)


environment = ImmutableSandboxedEnvironment(trim_blocks=True, lstrip_blocks=True, extensions=[jinja2.ext.loopcontrols])
environment.filters["tojson"] = tojson
environment.globals["raise_exception"] = raise_exception
environment.globals["strftime_now"] = NOW.strftime

for folder in sorted(path.parent for path in pathlib.Path(__file__).parent.glob("*/template.jinja")):
    template = environment.from_string((folder / "template.jinja").read_text(encoding="utf-8"))
    for file in sorted(folder.glob("*.json")):
        values = {"tools": None, "add_generation_prompt": True, "bos_token": "<s>", "eos_token": "</s>"}
        values.update(json.loads(file.read_text(encoding="utf-8")))
        try:
            text = template.render(**values)
        except jinja2.exceptions.TemplateError as error:
            text = "error: " + str(error)
        file.with_suffix(".txt").write_text(text, encoding="utf-8", newline="")
