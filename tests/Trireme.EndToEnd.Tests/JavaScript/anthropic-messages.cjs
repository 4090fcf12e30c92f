// Asks for messages through the gateway with Anthropic's client. Prints what the client understood.
const Anthropic = require("@anthropic-ai/sdk");

const options = { baseURL: process.argv[2], maxRetries: 0 };
const client = new Anthropic.default({ ...options, apiKey: process.argv[3] });
const model = "tiny";
const messages = [{ role: "user", content: "What is the opposite of big?" }];
const common = { model, messages, max_tokens: 100, temperature: 0 };
const weather = {
  name: "get_weather",
  description: "Weather of a city.",
  input_schema: {
    type: "object",
    properties: { city: { type: "string", enum: ["Rome", "Oslo"] } },
    required: ["city"],
    additionalProperties: false,
  },
};
const person = {
  type: "json_schema",
  schema: {
    type: "object",
    properties: { name: { type: "string", maxLength: 8 }, age: { type: "integer", minimum: 0, maximum: 99 } },
    required: ["name", "age"],
    additionalProperties: false,
  },
};

async function streamed(request) {
  const stream = client.messages.stream({ ...common, ...request });
  const events = [];
  stream.on("streamEvent", (event) => events.push(event.type));
  const message = await stream.finalMessage();
  return { events, message };
}

async function refused(call) {
  try {
    await call();
    return null;
  } catch (error) {
    return { status: error.status, type: error.error?.error?.type, message: error.error?.error?.message, id: error.requestID };
  }
}

async function aborted() {
  const stream = client.messages.stream({ ...common, max_tokens: 400, messages: [{ role: "user", content: "Tell me a story." }] });
  let deltas = 0;
  for await (const event of stream) {
    if (event.type !== "content_block_delta") continue;
    if (++deltas === 3) break;
  }
  return deltas;
}

async function tools() {
  const asked = await client.messages.create({ ...common, tools: [weather], tool_choice: { type: "any" } });
  const call = asked.content.find((block) => block.type === "tool_use");
  const told = await client.messages.create({
    ...common,
    max_tokens: 8,
    tools: [weather],
    tool_choice: { type: "none" },
    messages: [
      ...messages,
      { role: "assistant", content: asked.content },
      { role: "user", content: [{ type: "tool_result", tool_use_id: call.id, content: "sunny" }] },
    ],
  });
  return { reason: asked.stop_reason, name: call.name, input: call.input, told: told.role };
}

async function main() {
  const plain = await client.messages.create(common);
  const byHeader = new Anthropic.default({ ...options, apiKey: null, authToken: null, defaultHeaders: { "x-api-key": process.argv[3] } });
  const formed = await client.messages.create({ ...common, output_config: { format: person } });
  console.log(
    JSON.stringify({
      plain,
      id: plain._request_id,
      byHeader: (await byHeader.messages.create(common)).content,
      stream: await streamed({}),
      streamedCall: await streamed({ tools: [weather], tool_choice: { type: "any" } }),
      stopped: await client.messages.create({ ...common, stop_sequences: ["small"] }),
      cut: (await client.messages.create({ ...common, max_tokens: 1 })).stop_reason,
      begun: (await client.messages.create({ ...common, messages: [...messages, { role: "assistant", content: "The opposite" }] })).content,
      formed: JSON.parse(formed.content[0].text),
      tools: await tools(),
      count: await client.messages.countTokens({ model, messages }),
      counted: plain.usage.input_tokens + plain.usage.cache_read_input_tokens,
      thread: await refused(() => client.messages.create({ ...common, thread: { type: "continue", previous_message_id: plain.id } })),
      unknown: await refused(() => client.messages.create({ ...common, model: "claude" })),
      long: await refused(() => client.messages.create({ ...common, max_tokens: 9000 })),
      image: await refused(() => client.messages.create({
        ...common,
        messages: [{
          role: "user", content: [{ type: "image", source: { type: "base64", media_type: "image/png", data: "aGk=" } }],
        }],
      })),
      batches: await refused(() => client.messages.batches.list()),
      noKey: await refused(() => new Anthropic.default({ ...options, apiKey: "trk_wrong" }).messages.create(common)),
      deltas: await aborted(),
    }),
  );
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
