// Asks for responses through the gateway with OpenAI's client. Prints what the client understood.
const { OpenAI } = require("openai");

const client = new OpenAI({ baseURL: process.argv[2], apiKey: process.argv[3], maxRetries: 0 });
const model = "tiny";
const input = "What is the opposite of big?";
const weather = {
  type: "function",
  name: "get_weather",
  description: "Weather of a city.",
  strict: true,
  parameters: {
    type: "object",
    properties: { city: { type: "string", enum: ["Rome", "Oslo"] } },
    required: ["city"],
    additionalProperties: false,
  },
};
const person = {
  type: "json_schema",
  name: "person",
  strict: true,
  schema: {
    type: "object",
    properties: { name: { type: "string", maxLength: 8 }, age: { type: "integer", minimum: 0, maximum: 99 } },
    required: ["name", "age"],
    additionalProperties: false,
  },
};

async function streamed(request) {
  const stream = client.responses.stream({ model, temperature: 0, ...request });
  const events = [];
  let text = "";
  for await (const event of stream) {
    events.push({ type: event.type, number: event.sequence_number });
    if (event.type === "response.output_text.delta" || event.type === "response.function_call_arguments.delta") text += event.delta;
  }
  return { events, text, final: await stream.finalResponse() };
}

async function refused(call) {
  try {
    await call();
    return null;
  } catch (error) {
    return { status: error.status, param: error.param, code: error.code, message: error.message, id: error.requestID };
  }
}

async function aborted() {
  const stream = await client.responses.create({
    model, input: "Tell me a story.", max_output_tokens: 400, ignore_eos: true, stream: true, store: false,
  });
  let deltas = 0;
  for await (const event of stream) {
    if (event.type !== "response.output_text.delta") continue;
    if (++deltas === 3) break;
  }
  return deltas;
}

async function conversation() {
  const first = await client.responses.create({ model, input: "My name is Bo.", max_output_tokens: 6, temperature: 0 });
  const second = await client.responses.create({
    model, input: "What is my name?", max_output_tokens: 6, temperature: 0, previous_response_id: first.id,
  });
  const items = [];
  for await (const item of client.responses.inputItems.list(second.id, { order: "asc" })) items.push(item);
  const again = await client.responses.retrieve(second.id);
  await client.responses.delete(first.id);
  return {
    roles: items.map((item) => item.role),
    text: items[0].content[0].text,
    same: JSON.stringify(again.output) === JSON.stringify(second.output),
    prompt: second.usage.input_tokens - first.usage.input_tokens,
    gone: await refused(() => client.responses.retrieve(first.id)),
    kept: (await client.responses.retrieve(second.id)).id === second.id,
  };
}

async function tools() {
  const asked = await client.responses.create({
    model, input: "Weather in Rome?", tools: [weather], tool_choice: "required", temperature: 0,
  });
  const call = asked.output.find((item) => item.type === "function_call");
  const told = await client.responses.create({
    model, temperature: 0, max_output_tokens: 8, tools: [weather], previous_response_id: asked.id, tool_choice: "none",
    input: [{ type: "function_call_output", call_id: call.call_id, output: "sunny" }],
  });
  return { name: call.name, arguments: JSON.parse(call.arguments), told: told.status };
}

async function main() {
  const plain = await client.responses.create({ model, input, temperature: 0 });
  const unkept = await client.responses.create({ model, input, temperature: 0, store: false });
  const parsed = await client.responses.parse({ model, input: "A person.", temperature: 0, text: { format: person } });
  console.log(
    JSON.stringify({
      plain: { text: plain.output_text, status: plain.status, usage: plain.usage, store: plain.store },
      stream: await streamed({ input }),
      streamedCall: await streamed({ input, tools: [weather], tool_choice: "required" }),
      parsed: JSON.parse(parsed.output_text),
      incomplete: (await client.responses.create({ model, input, max_output_tokens: 1 })).incomplete_details,
      tools: await tools(),
      conversation: await conversation(),
      unkept: await refused(() => client.responses.retrieve(unkept.id)),
      previous: await refused(() => client.responses.create({ model, input, previous_response_id: unkept.id })),
      background: await refused(() => client.responses.create({ model, input, background: true })),
      unknown: await refused(() => client.responses.create({ model: "claude", input })),
      image: await refused(() => client.responses.create({
        model, input: [{ role: "user", content: [{ type: "input_image", image_url: "data:image/png;base64,aGk=" }] }],
      })),
      moderation: await refused(() => client.moderations.create({ input: "hi" })),
      deltas: await aborted(),
    }),
  );
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
