"""Writes what Jinja itself, set up as transformers does, makes of the templates here. Needs Python 3 and jinja2.

Golden/*/: a .txt beside each conversation; one that begins with "error: " says that the template refuses the conversation.
Language/cases.jsonl: each line is {"template": ..., "text": ...}, or {"template": ..., "fails": true} where Jinja fails.
"""

import datetime
import json
import pathlib

import jinja2
import jinja2.ext
from jinja2.sandbox import ImmutableSandboxedEnvironment

HERE = pathlib.Path(__file__).parent
NOW = datetime.datetime(2026, 3, 5, 14, 7, 9)
VARIABLES = {
    "messages": [{"role": "user", "content": "Hello, World"}, {"role": "assistant", "content": "Hi"}],
    "people": [
        {"name": "Ada", "city": "London", "age": 36}, {"name": "Bob", "city": "berlin", "age": 41},
        {"name": "Cy", "city": "Berlin", "age": 29}, {"name": "Di", "age": 29},
    ],
    "tree": [{"n": "a", "kids": [{"n": "b", "kids": []}, {"n": "c", "kids": [{"n": "d", "kids": []}]}]}, {"n": "e", "kids": []}],
}


def raise_exception(message):
    raise jinja2.exceptions.TemplateError(message)


def tojson(value, ensure_ascii=False, indent=None, separators=None, sort_keys=False):
    return json.dumps(value, ensure_ascii=ensure_ascii, indent=indent, separators=separators, sort_keys=sort_keys)


environment = ImmutableSandboxedEnvironment(trim_blocks=True, lstrip_blocks=True, extensions=[jinja2.ext.loopcontrols])
environment.filters["tojson"] = tojson
environment.globals["raise_exception"] = raise_exception
environment.globals["strftime_now"] = NOW.strftime


def write_golden():
    for folder in sorted(path.parent for path in HERE.glob("Golden/*/template.jinja")):
        template = environment.from_string((folder / "template.jinja").read_text(encoding="utf-8"))
        for file in sorted(folder.glob("*.json")):
            values = {"tools": None, "add_generation_prompt": True, "bos_token": "<s>", "eos_token": "</s>"}
            values.update(json.loads(file.read_text(encoding="utf-8")))
            try:
                text = template.render(**values)
            except jinja2.exceptions.TemplateError as error:
                text = "error: " + str(error)
            file.with_suffix(".txt").write_text(text, encoding="utf-8", newline="")


def write_language():
    path = HERE / "Language" / "cases.jsonl"
    lines = []
    for line in path.read_text(encoding="utf-8").split("\n")[:-1]:
        case = {"template": json.loads(line)["template"]}
        try:
            template = environment.from_string(case["template"])
            case["text"] = template.render(tools=None, add_generation_prompt=True, bos_token="<s>", eos_token="</s>", **VARIABLES)
        except Exception:
            case["fails"] = True
        lines.append(json.dumps(case))
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    (HERE / "Language" / "variables.json").write_text(json.dumps(VARIABLES, indent=1) + "\n", encoding="utf-8")


write_golden()
write_language()
