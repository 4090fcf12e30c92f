namespace Trireme.Inference.Grammars.Patterns;

/// <summary>How a character is written as bytes.</summary>
internal interface ICharacterEncoder
{
    /// <summary>Adds edges so that every character of the set, and nothing else, leads on.</summary>
    void Encode(GrammarBuilder builder, CharacterSet set, int from, int to);
}
