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
    /// <exception cref="PatternBudgetException">It would take too long.</exception>
    public string? Apply(string value) => _matcher.Match(value) is { } places ? _template.Fill(value, places) : null;
}
