// Asks through the gateway with OpenAI's client, with fields that benchmarks and evaluation tools send. Prints what the client understood.
const { OpenAI } = require("openai");

const client = new OpenAI({ baseURL: process.argv[2], apiKey: process.argv[3], maxRetries: 0 });
const messages = [{ role: "user", content: "What is the opposite of big?" }];
const common = { model: "tiny", messages, temperature: 0 };

async function counts() {
  const stream = await client.chat.completions.create({
    ...common,
    max_tokens: 5,
    ignore_eos: true,
    stream: true,
    stream_options: { include_usage: true, continuous_usage_stats: true },
  });
  const seen = [];
  for await (const chunk of stream) seen.push(chunk.usage.completion_tokens);
  return seen;
}

async function hidden() {
  const stream = await client.chat.completions.create({
    ...common,
    max_tokens: 3,
    stream: true,
    stream_options: { continuous_usage_stats: true },
  });
  let usages = 0;
  for await (const chunk of stream) usages += chunk.usage ? 1 : 0;
  return usages;
}

async function refused(request) {
  try {
    await client.chat.completions.create({ ...common, ...request });
    return null;
  } catch (error) {
    return { status: error.status, param: error.param, message: error.message };
  }
}

async function main() {
  const stopped = await client.chat.completions.create({ ...common, stop: ["small"], include_stop_str_in_output: true, store: true });
  const echoed = await client.completions.create({
    model: "tiny",
    prompt: [[305, 984], [305, 984, 299]],
    max_tokens: 1,
    echo: true,
    logprobs: 1,
    return_tokens_as_token_ids: true,
  });
  const many = await client.chat.completions.create({ ...common, n: 20, max_tokens: 1 });
  console.log(
    JSON.stringify({
      counts: await counts(),
      hidden: await hidden(),
      stopped: stopped.choices[0],
      names: echoed.choices.map((choice) => choice.logprobs.tokens.slice(0, 2)),
      answers: many.choices.length,
      half: await refused({ messages: [{ role: "user", content: "a\ud83d" }] }),
      unsupported: await refused({ use_beam_search: true }),
      long: await refused({ messages: [{ role: "user", content: "a".repeat(100000) }] }),
    }),
  );
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
