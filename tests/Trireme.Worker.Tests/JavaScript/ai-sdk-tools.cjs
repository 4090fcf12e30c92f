// Calls a function through the AI SDK's provider for OpenAI-compatible servers, whole and streamed, and lets the SDK go on with its
// result. Prints what the SDK understood.
const { createOpenAICompatible } = require("@ai-sdk/openai-compatible");
const { generateText, streamText, tool, stepCountIs } = require("ai");
const { z } = require("zod");

// Its warnings would go to the output.
globalThis.AI_SDK_LOG_WARNINGS = false;

const model = createOpenAICompatible({ name: "trireme", baseURL: process.argv[2] + "/v1", apiKey: "none" }).chatModel("tiny");
const executed = [];
const tools = {
  find_animal: tool({
    description: "Where an animal is",
    inputSchema: z.object({ animal: z.string().max(12), places: z.array(z.enum(["forest", "lake"])).max(2) }),
    execute: async (input) => {
      executed.push(input);
      return "It is in the forest.";
    },
  }),
};

function request(toolChoice) {
  return {
    model,
    tools,
    toolChoice,
    seed: 7,
    temperature: 1,
    maxOutputTokens: 80,
    maxRetries: 0,
    prompt: "Where is the dog?",
    stopWhen: stepCountIs(2),
    // The first step calls, the second one answers with the result.
    prepareStep: ({ stepNumber }) => (stepNumber === 0 ? {} : { toolChoice: "none" }),
  };
}

async function describe(steps) {
  return steps.map((step) => ({
    finishReason: step.finishReason,
    text: step.text,
    calls: step.toolCalls.map((call) => ({ name: call.toolName, input: call.input, invalid: call.invalid === true })),
    results: step.toolResults.map((result) => result.output),
  }));
}

async function main() {
  const output = [];
  for (const choice of ["required", { type: "tool", toolName: "find_animal" }]) {
    const whole = await generateText(request(choice));
    output.push({ steps: await describe(whole.steps), deltas: [] });

    const streamed = streamText({ ...request(choice), onError: ({ error }) => { throw error; } });
    const deltas = [];
    for await (const part of streamed.fullStream) {
      if (part.type === "tool-input-delta") deltas.push(part.delta);
      if (part.type === "error") throw part.error;
    }

    output.push({ steps: await describe(await streamed.steps), deltas });
  }

  console.log(JSON.stringify({ output, executed }));
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
