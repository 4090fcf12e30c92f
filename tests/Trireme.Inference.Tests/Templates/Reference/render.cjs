// Renders templates with the JavaScript implementation: one JSON object with template and variables per line of the input, one with
// text or error per line of the output.
const { Template } = require("@huggingface/jinja");

let input = "";
process.stdin.on("data", (data) => (input += data));
process.stdin.on("end", () => {
  const lines = input.split("\n").filter((line) => line.length > 0);
  process.stdout.write(lines.map((line) => JSON.stringify(render(JSON.parse(line))) + "\n").join(""));
});

function render({ template, variables }) {
  try {
    return { text: new Template(template).render(variables) };
  } catch (error) {
    return { error: error.message };
  }
}
