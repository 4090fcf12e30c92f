using Trireme.Telemetry.Model;
using Trireme.Telemetry.Storage;

namespace Trireme.Telemetry.PromQL.Evaluation;

/// <summary>What a range vector covers.</summary>
/// <param name="Series">The series, read as they are enumerated.</param>
/// <param name="RangeMs">Length of the window of each step.</param>
/// <param name="Times">Where the window of each step ends.</param>
internal sealed record RangeInput(IEnumerable<RangeSeries> Series, long RangeMs, ReferenceTimes Times);

/// <summary>The samples of one series over all windows, without stale markers. The buffer is used again for the next series.</summary>
internal readonly record struct RangeSeries(LabelSet Labels, SampleBuffer Samples);
