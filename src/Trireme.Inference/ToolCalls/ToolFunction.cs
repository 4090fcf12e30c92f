namespace Trireme.Inference.ToolCalls;

/// <summary>A function a model may call.</summary>
/// <param name="Name">Letters, digits, underscores and dashes, so that it stands in JSON and in bare text as it is.</param>
/// <param name="ParametersSchema">JSON schema of its arguments, an object.</param>
/// <param name="Field">Where the schema is in the request, for errors.</param>
/// <param name="IsStrict">Its arguments keep the schema also where the model is free to call or not.</param>
public sealed record ToolFunction(string Name, string ParametersSchema, string Field, bool IsStrict = false);

/// <summary>How to make sure that an answer is calls.</summary>
/// <param name="Prompt">
/// Goes to the end of the prompt: marks that the model's tokenizer has as special tokens, which no constraint can ask for. A parser of
/// the answer reads it first.
/// </param>
/// <param name="Constraint">What follows it.</param>
public sealed record ForcedCalls(string Prompt, Generation.OutputConstraint Constraint);
