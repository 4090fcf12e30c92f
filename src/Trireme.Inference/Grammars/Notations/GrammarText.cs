namespace Trireme.Inference.Grammars.Notations;

/// <summary>
/// Grammars as texts, in the two notations that vLLM takes: Backus-Naur form as llama.cpp (GBNF) and XGrammar write it, with "::=" and a
/// rule named root, and Lark's, with ":" and a rule named start.
/// </summary>
internal static class GrammarText
{
    private const int LengthMax = 64 * 1024;

    /// <summary>Adds the rules of a grammar and returns the one that is a whole text.</summary>
    /// <exception cref="GrammarException">The grammar is malformed or holds what is not supported.</exception>
    public static int AddTo(GrammarBuilder builder, string text)
    {
        if (text.Length > LengthMax) throw new GrammarException($"The grammar is longer than {LengthMax} characters.");
        var rules = new RuleTable(builder);
        if (text.Contains("::=", StringComparison.Ordinal)) new BackusNaurReader(text, rules).Read();
        else new LarkReader(text, rules).Read();
        return rules.Finish();
    }
}
