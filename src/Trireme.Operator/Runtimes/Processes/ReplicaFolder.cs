using System.Text;
using System.Text.Json;
using Trireme.Contracts.Engines;
using Trireme.Contracts.Identity;
using Trireme.Contracts.Serialization;
using Trireme.Contracts.Storage;
using Trireme.Fleet.Replicas;
using Trireme.Kubernetes;

namespace Trireme.Operator.Runtimes.Processes;

/// <summary>A replica's files: state.json, endpoint.json, worker.key and termination-message below replicas/NAMESPACE/NAME.</summary>
internal sealed class ReplicaFolder(string replicasFolder, ResourceKey key)
{
    private const int EndpointBytesMax = 4096;

    /// <summary>Room for what an engine says of a budget too small or of a damaged file, with numbers, paths and remedy.</summary>
    private const int RefusalCharactersMax = 800;

    public string Path { get; } = System.IO.Path.Combine(replicasFolder, key.Namespace, key.Name);

    public string EndpointFile => System.IO.Path.Combine(Path, "endpoint.json");

    /// <summary>Where the process says why it cannot serve, if that is why it ends.</summary>
    public string RefusalFile => System.IO.Path.Combine(Path, "termination-message");

    /// <summary>The digests of the files that the process may read.</summary>
    public string PinsFile => System.IO.Path.Combine(Path, "pins.json");

    /// <summary>The key that the process started last asks for.</summary>
    public string KeyFile => System.IO.Path.Combine(Path, "worker.key");

    private string StateFile => System.IO.Path.Combine(Path, "state.json");

    public static IEnumerable<ResourceKey> List(string replicasFolder)
    {
        if (!Directory.Exists(replicasFolder)) yield break;
        foreach (string @namespace in Directory.EnumerateDirectories(replicasFolder))
        {
            foreach (string name in Directory.EnumerateDirectories(@namespace))
            {
                yield return new ResourceKey(System.IO.Path.GetFileName(@namespace), System.IO.Path.GetFileName(name));
            }
        }
    }

    /// <summary>The remembered state; null if there is none or it was damaged, for which an engine is looked up by its arguments.</summary>
    public ReplicaRecord? ReadRecord()
    {
        try
        {
            ReplicaRecord? record = JsonSerializer.Deserialize<ReplicaRecord>(SmallFile.ReadAllBytes(StateFile), ResourceJson.Options);
            return record is { Uid.Length: > 0 } ? record : null;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or JsonException)
        {
            return null;
        }
    }

    public void WriteRecord(ReplicaRecord record)
    {
        Create();

        // A rename is atomic: whoever reads sees the old state or the new one, never half of it.
        string next = StateFile + ".next";
        File.Delete(next);
        try
        {
            using (FileStream file = PrivateFile.Create(next)) JsonSerializer.Serialize(file, record, ResourceJson.Indented);
            File.Move(next, StateFile, overwrite: true);
        }
        catch
        {
            File.Delete(next);
            throw;
        }
    }

    /// <summary>
    /// Removes what a platform that died left half written; of a process that is gone, what that left too. It takes room and is never read.
    /// </summary>
    public void RemoveUnfinished(bool isAlive)
    {
        try
        {
            if (isAlive) PrivateFile.RemoveUnfinished(Path);
            else foreach (string file in Directory.EnumerateFiles(Path, "*.tmp")) File.Delete(file);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // The next start of a process, or of a platform, tries again.
        }
    }

    /// <summary>
    /// Removes what an earlier process said, so that nobody takes it for the next one's, and gives that one a key of its own.
    /// </summary>
    public ReplicaKey PrepareStart()
    {
        Create();
        File.Delete(EndpointFile);
        File.Delete(RefusalFile);
        RemoveUnfinished(isAlive: false);
        var key = ReplicaKey.Create();
        key.Write(KeyFile);
        return key;
    }

    /// <summary>The key of the process started last; null if there is none that can be read.</summary>
    public ReplicaKey? ReadKey()
    {
        try
        {
            return ReplicaKey.Read(KeyFile);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>Tells the next process what it may read.</summary>
    public void WritePins(IReadOnlyList<PinnedFile> pins) =>
        PrivateFile.Write(PinsFile, JsonSerializer.Serialize(new PinnedFileList { Files = pins }, ResourceJson.Options));

    /// <summary>Where the process listens, as it wrote itself; null until it does. A file of another process is not believed.</summary>
    public string? ReadEndpoint(int pid)
    {
        try
        {
            var file = new FileInfo(EndpointFile);
            if (!file.Exists || file.Length > EndpointBytesMax) return null;
            return ParseEndpoint(SmallFile.ReadAllBytes(EndpointFile), pid);
        }
        catch (IOException)
        {
            return null;
        }
    }

    /// <summary>Reads {"endpoint":"http://127.0.0.1:PORT","pid":PID}.</summary>
    internal static string? ParseEndpoint(ReadOnlySpan<byte> json, int pid)
    {
        try
        {
            EndpointNote? note = JsonSerializer.Deserialize<EndpointNote>(json, ResourceJson.Options);
            return note is { Endpoint: { } endpoint }
                && note.Pid == pid
                && Uri.TryCreate(endpoint, UriKind.Absolute, out Uri? address)
                && address.Scheme is "http" or "https"
                    ? endpoint.TrimEnd('/')
                    : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>
    /// Why the last process said that it cannot serve, as one sentence; null if it said nothing. What a process of no platform left is
    /// bounded and of one line too.
    /// </summary>
    public string? ReadRefusal()
    {
        try
        {
            using var stream = RegularFile.OpenRead(RefusalFile, bufferBytes: 4096);
            using var reader = new StreamReader(stream, Encoding.UTF8);
            var text = new char[RefusalCharactersMax + 1];
            int length = reader.ReadBlock(text);
            string sentence = new string(text, 0, Math.Min(length, RefusalCharactersMax)).ReplaceLineEndings(" ").Trim();
            if (length > RefusalCharactersMax) sentence += "…";
            return sentence.Length > 0 ? sentence : null;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    public void Delete()
    {
        if (Directory.Exists(Path)) Directory.Delete(Path, recursive: true);

        // The namespace's folder goes with its last replica.
        string? parent = System.IO.Path.GetDirectoryName(Path);
        if (parent is not null && Directory.Exists(parent) && !Directory.EnumerateFileSystemEntries(parent).Any()) Directory.Delete(parent);
    }

    private void Create() => PrivateFile.CreateFolder(Path);

    private sealed record EndpointNote
    {
        public string? Endpoint { get; init; }

        public int Pid { get; init; }
    }
}
