namespace Trireme.Inference.Grammars;

/// <summary>A constraint this engine cannot keep. The message names the place, what is wrong there and what to do.</summary>
internal sealed class GrammarException(string message) : Exception(message);
