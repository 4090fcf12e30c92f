namespace Trireme.Inference.Engine;

/// <summary>The engine cannot run this model with these options; the message says what to change.</summary>
public sealed class EngineStartException(string message) : Exception(message);
