using System.Globalization;
using Trireme.ApiServer.Requests;

namespace Trireme.ApiServer.Selectors;

internal enum LabelOperator
{
    In,
    NotIn,
    Exists,
    DoesNotExist,
    GreaterThan,
    LessThan,
}

/// <summary>One condition on one label. As in Kubernetes, "not in" also holds where the label is absent.</summary>
internal sealed record LabelRequirement(string Key, LabelOperator Operator, IReadOnlyList<string> Values)
{
    public bool Matches(IReadOnlyDictionary<string, string> labels)
    {
        bool present = labels.TryGetValue(Key, out string? value);
        return Operator switch
        {
            LabelOperator.In => present && Values.Contains(value!),
            LabelOperator.NotIn => !present || !Values.Contains(value!),
            LabelOperator.Exists => present,
            LabelOperator.DoesNotExist => !present,
            _ => present && Compares(value!),
        };
    }

    /// <summary>Whole numbers are compared; a label that is none is neither greater nor less.</summary>
    private bool Compares(string value)
    {
        if (!TryParse(value, out long number) || !TryParse(Values[0], out long bound)) return false;
        return Operator == LabelOperator.GreaterThan ? number > bound : number < bound;
    }

    internal static bool TryParse(string text, out long number) =>
        long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out number);
}

/// <summary>A conjunction of label conditions in Kubernetes' notation: "app=x,tier in (a, b),!legacy".</summary>
internal sealed record LabelSelector(IReadOnlyList<LabelRequirement> Requirements)
{
    public static LabelSelector Everything { get; } = new([]);

    public bool IsEverything => Requirements.Count == 0;

    public bool Matches(IReadOnlyDictionary<string, string> labels)
    {
        foreach (LabelRequirement requirement in Requirements)
        {
            if (!requirement.Matches(labels)) return false;
        }

        return true;
    }

    public static Outcome<LabelSelector> Parse(string? text)
    {
        if (string.IsNullOrWhiteSpace(text)) return Everything;
        try
        {
            return new LabelSelector(new LabelSelectorParser(text).Parse());
        }
        catch (FormatException exception)
        {
            return StatusErrors.BadRequest($"unable to parse labelSelector \"{text}\": {exception.Message}");
        }
    }
}
