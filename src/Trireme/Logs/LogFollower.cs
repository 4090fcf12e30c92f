namespace Trireme.Logs;

/// <summary>Reads several logs and goes on with them, also where a process that was started again writes to a file of its own.</summary>
/// <param name="sources">The logs that are meant now.</param>
/// <param name="since">Lines written before are left out.</param>
internal sealed class LogFollower(Func<IReadOnlyList<LogSource>> sources, DateTimeOffset? since)
{
    private readonly List<LogReader> _readers = [];

    /// <summary>True while the lines of more than one log come.</summary>
    public bool HasSeveral => _readers.Count > 1;

    /// <summary>True while one of the logs could not be read, because it is no file.</summary>
    public bool HasSkipped => _readers.Exists(reader => reader.HasSkipped);

    /// <summary>The lines that are there.</summary>
    /// <param name="tail">How many of the last of each log; null for all.</param>
    /// <param name="toEnd">Whether a last line without its end is one.</param>
    public IEnumerable<(string Name, string Line)> Begin(int? tail, bool toEnd)
    {
        _readers.AddRange(sources().Select(source => new LogReader(source, since)));
        foreach (LogReader reader in _readers)
        {
            foreach (string line in reader.Read(tail, toEnd)) yield return (reader.Name, line);
        }
    }

    /// <summary>Whole lines that were written since.</summary>
    public IEnumerable<(string Name, string Line)> More()
    {
        foreach (LogReader reader in _readers)
        {
            foreach (string line in reader.ReadNew()) yield return (reader.Name, line);
        }

        foreach (LogSource source in sources().Where(source => _readers.TrueForAll(reader => reader.Current != source.Current)).ToList())
        {
            _readers.RemoveAll(reader => reader.Name == source.Name);
            var begun = new LogReader(source, since);
            _readers.Add(begun);
            foreach (string line in begun.Read(tail: null, toEnd: false)) yield return (begun.Name, line);
        }
    }
}
