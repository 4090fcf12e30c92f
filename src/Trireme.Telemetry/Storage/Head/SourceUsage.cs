using Trireme.Telemetry.Model;

namespace Trireme.Telemetry.Storage.Head;

/// <summary>What one source has in the store, and what it lost there.</summary>
/// <param name="Source">Its labels.</param>
/// <param name="Kind">Whose samples they are.</param>
/// <param name="Series">Number of series.</param>
/// <param name="Bytes">Memory of samples and labels.</param>
/// <param name="Evicted">Samples that went before their time.</param>
/// <param name="Refused">Samples that were not taken.</param>
internal sealed record SourceUsage(LabelSet Source, SourceKind Kind, int Series, long Bytes, long Evicted, long Refused);
