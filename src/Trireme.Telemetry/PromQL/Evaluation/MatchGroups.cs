using Trireme.Telemetry.Model;
using Trireme.Telemetry.PromQL.Syntax;

namespace Trireme.Telemetry.PromQL.Evaluation;

/// <summary>Numbers the match groups of the elements of two vectors: equal numbers match.</summary>
internal sealed class MatchGroups
{
    private readonly Dictionary<LabelSet, int> _numbers = [];
    private readonly IReadOnlyList<string> _labels;
    private readonly bool _on;

    public MatchGroups(VectorMatching matching)
    {
        _on = matching.On;
        _labels = matching.On ? matching.Labels : [.. matching.Labels, LabelNames.MetricName];
    }

    public int Count => _numbers.Count;

    public int[] NumbersOf(List<StepSeries> vector)
    {
        var numbers = new int[vector.Count];
        for (int i = 0; i < numbers.Length; i++)
        {
            LabelSet group = GroupOf(vector[i].Labels);
            if (!_numbers.TryGetValue(group, out numbers[i]))
            {
                numbers[i] = _numbers.Count;
                _numbers.Add(group, numbers[i]);
            }
        }

        return numbers;
    }

    public LabelSet GroupOf(LabelSet labels) => _on ? labels.Keep(_labels) : labels.Drop(_labels);
}
