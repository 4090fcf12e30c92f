using Trireme.Telemetry.Model;

namespace Trireme.Telemetry.Storage;

/// <summary>
/// Takes the samples of one source in batches. Not safe for concurrent use; appenders of different sources are. Samples are kept
/// aside until <see cref="Commit"/>, which takes the store's lock once for all of them; a batch that is begun anew or left without a
/// commit has never been.
/// <para>
/// A commit takes each sample on its own: one that is refused (see <see cref="AppendOutcome"/>) is counted and does not keep the others
/// out. Within a series times rise: a second sample of one time is refused, and one older than the last too, however little. A series
/// ends with a <see cref="StaleMarker"/>, which is a sample like any other; a later sample continues the series.
/// </para>
/// <para>Samples are on no disk when a commit returns, unless a log lies behind the appender.</para>
/// </summary>
internal interface ISeriesAppender : IDisposable
{
    /// <summary>The handle to append to a series with. Only this appender takes it.</summary>
    SeriesRef Refer(LabelSet labels);

    /// <summary>Starts a batch, and forgets the one before unless it was committed.</summary>
    void Begin();

    void Append(SeriesRef series, long timestampMs, SampleValue value);

    /// <summary>Stores the batch, in the order of the appends.</summary>
    CommitResult Commit();
}

/// <summary>Gives each source the appender whose samples count against the source's own share of the memory.</summary>
internal interface ISeriesAppenders
{
    /// <summary>
    /// Opens an appender for a source known by its labels. Dispose it when the source is gone; what it stored stays until it is too
    /// old or its room is needed. A source that comes back continues its share.
    /// </summary>
    ISeriesAppender Open(LabelSet source, SourceKind kind);
}
