namespace Trireme.Telemetry.Patterns;

/// <summary>Rewrites whole values by a pattern and a template for its groups. Not safe for concurrent use.</summary>
internal sealed class GroupReplacement
{
    private readonly GroupMatcher _matcher;
    private readonly GroupTemplate _template;

    private GroupReplacement(PatternProgram program, string template)
    {
        _matcher = new GroupMatcher(program);
        _template = new GroupTemplate(template, program.GroupNames);
    }

    /// <exception cref="PatternException">RE2 refuses the pattern.</exception>
    public static GroupReplacement Parse(string pattern, string template) => new(PatternCompiler.Compile(pattern), template);

    /// <summary>The template filled from the value, or null where the pattern does not match.</summary>
    /// <param name="value">What is rewritten.</param>
    /// <param name="charge">Called with the length of each piece of text before it is added.</param>
    /// <exception cref="PatternBudgetException">It would take too long.</exception>
    public string? Apply(string value, Action<long>? charge = null) =>
        _matcher.Match(value) is { } places ? _template.Fill(value, places, charge) : null;
}
