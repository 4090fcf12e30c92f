using System.Globalization;
using Trireme.Contracts.Metrics;

namespace Trireme.Inference.Speculation;

/// <summary>vLLM's metrics of speculative decoding.</summary>
internal sealed class SpeculationMetrics
{
    private readonly Counter.Series _drafts;
    private readonly Counter.Series _draftTokens;
    private readonly Counter.Series _acceptedTokens;
    private readonly Counter.Series[] _acceptedByPlace;

    public SpeculationMetrics(MetricRegistry registry, string modelName, int draftTokensMax)
    {
        string[] labels = ["model_name", "engine"];
        _drafts = Counter(EngineMetricNames.SpeculativeDrafts, "Drafts of answers' next tokens that steps checked.");
        _draftTokens = Counter(EngineMetricNames.SpeculativeDraftTokens, "Tokens of the drafts that steps checked.");
        _acceptedTokens = Counter(EngineMetricNames.SpeculativeAcceptedTokens, "Drafted tokens that became part of answers.");
        Counter byPlace = registry.Counter(
            EngineMetricNames.SpeculativeAcceptedPerPosition,
            "Drafted tokens that became part of answers, by their place in the draft.",
            [.. labels, "position"]);
        _acceptedByPlace =
        [
            .. Enumerable.Range(0, draftTokensMax)
                .Select(place => byPlace.With(modelName, "0", place.ToString(CultureInfo.InvariantCulture))),
        ];

        Counter.Series Counter(string name, string help) => registry.Counter(name, help, labels).With(modelName, "0");
    }

    public void Checked(int drafted, int accepted)
    {
        _drafts.Add();
        _draftTokens.Add(drafted);
        _acceptedTokens.Add(accepted);
        for (int place = 0; place < accepted; place++) _acceptedByPlace[place].Add();
    }
}
