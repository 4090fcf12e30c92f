// Calls a function through OpenAI's client, whole and streamed, and goes on with its result. Prints what the client understood.
const { OpenAI } = require("openai");

const client = new OpenAI({ baseURL: process.argv[2] + "/v1", apiKey: "none", maxRetries: 0 });
const tools = [
  {
    type: "function",
    function: {
      name: "find_animal",
      description: "Where an animal is",
      parameters: {
        type: "object",
        properties: { animal: { type: "string", maxLength: 12 }, places: { type: "array", maxItems: 2, items: { enum: ["forest", "lake"] } } },
        required: ["animal", "places"],
        additionalProperties: false,
      },
    },
  },
];
const question = { role: "user", content: "Where is the dog?" };
const common = { model: "tiny", tools, max_tokens: 80, seed: 7, temperature: 1 };

async function whole(tool_choice) {
  const completion = await client.chat.completions.create({ ...common, tool_choice, messages: [question] });
  return completion.choices[0];
}

async function streamed(tool_choice) {
  const stream = client.chat.completions.stream({ ...common, tool_choice, messages: [question] });
  const deltas = [];
  stream.on("tool_calls.function.arguments.delta", (event) => deltas.push(event.arguments_delta));
  const choice = (await stream.finalChatCompletion()).choices[0];
  return { ...choice, deltas };
}

async function goOn(message, stream) {
  const results = message.tool_calls.map((call) => ({ role: "tool", tool_call_id: call.id, content: "It is in the forest." }));
  const request = { ...common, tool_choice: "none", max_tokens: 12, messages: [question, message, ...results] };
  if (!stream) return (await client.chat.completions.create(request)).choices[0];
  return (await client.chat.completions.stream(request).finalChatCompletion()).choices[0];
}

async function main() {
  const output = [];
  for (const choice of ["required", { type: "function", function: { name: "find_animal" } }]) {
    for (const read of [whole, streamed]) {
      const called = await read(choice);
      output.push({ called, next: await goOn(called.message, read === streamed) });
    }
  }

  console.log(JSON.stringify(output));
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
