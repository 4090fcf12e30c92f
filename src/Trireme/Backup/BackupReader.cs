using System.Formats.Tar;
using System.IO.Compression;
using System.Security.Cryptography;
using System.Text.Json;
using Trireme.ApiServer.Hosting;
using Trireme.Contracts.Serialization;
using Trireme.Contracts.Storage;

namespace Trireme.Backup;

/// <summary>
/// Unpacks a backup into an empty folder and believes nothing of it: names, lengths, digests and the database are checked.
/// </summary>
internal static class BackupReader
{
    /// <summary>Some hundred bytes for each file there can be.</summary>
    private const int MaxManifestBytes = 1 << 20;

    private const int BufferBytes = 64 << 10;

    private const UnixFileMode Private = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <param name="archive">The backup.</param>
    /// <param name="folder">Where to.</param>
    /// <param name="progress">Told the bytes of the archive read so far, and all that it has.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <exception cref="InvalidDataException">The archive is cut off, changed, or none of this program's.</exception>
    /// <exception cref="IOException">The archive cannot be read or the folder cannot be written.</exception>
    public static BackupManifest Unpack(string archive, string folder, Action<long, long>? progress, CancellationToken cancellationToken)
    {
        try
        {
            using FileStream opened = RegularFile.OpenGiven(archive, BufferBytes);
            long all = opened.CanSeek ? opened.Length : 0, done = 0;
            using var file = new ObservedStream(opened, bytes => progress?.Invoke(done += bytes, all), cancellationToken);
            using var gzip = new GZipStream(file, CompressionMode.Decompress);
            using var tar = new TarReader(gzip);
            BackupManifest manifest = ReadManifest(tar);
            foreach (BackupFile expected in manifest.Files) Unpack(tar, expected, folder);
            if (tar.GetNextEntry() is { } further)
            {
                throw new Refusal($"it holds \"{further.Name}\", which its manifest does not name");
            }

            // The rest tells whether the compressed stream came whole.
            gzip.CopyTo(Stream.Null);
            CheckStore(manifest, folder);
            return manifest;
        }
        catch (Exception exception) when (
            exception is Refusal or InvalidDataException or EndOfStreamException or JsonException or FormatException)
        {
            throw new InvalidDataException($"{archive} is not a whole backup: {Fault(exception)}", exception);
        }
    }

    /// <summary>The libraries that read archives say what they met in words of their own, which name nothing that people know.</summary>
    private static string Fault(Exception exception) => exception switch
    {
        Refusal => exception.Message,
        EndOfStreamException => "it ends too early",
        JsonException => $"its {BackupManifest.FileName} cannot be read",
        _ => "its bytes are not those of an archive that \"trireme backup\" wrote",
    };

    private static BackupManifest ReadManifest(TarReader tar)
    {
        if (tar.GetNextEntry() is not { EntryType: TarEntryType.RegularFile, Name: BackupManifest.FileName, DataStream: { } content } entry)
        {
            throw new Refusal($"it does not begin with {BackupManifest.FileName}");
        }

        if (entry.Length > MaxManifestBytes) throw new Refusal($"its {BackupManifest.FileName} is too large");
        using JsonDocument json = JsonDocument.Parse(content);
        bool known = json.RootElement.ValueKind == JsonValueKind.Object
            && json.RootElement.TryGetProperty("format", out JsonElement format)
            && format.TryGetInt32(out int number)
            && number is >= 1 and <= BackupManifest.CurrentFormat;
        if (!known)
        {
            throw new Refusal("it has a form that this version does not read; restore it with the version that wrote it");
        }

        BackupManifest manifest = json.Deserialize<BackupManifest>(ResourceJson.Options)!;
        string[] names = [.. manifest.Files.Select(file => file.Name)];
        if (names.Length > BackupContent.MaxFiles + 1) throw new Refusal("it names too many files");
        if (names.Distinct().Count() != names.Length) throw new Refusal("it names a file twice");
        if (!names.Contains(BackupContent.Database)) throw new Refusal($"it holds no {BackupContent.Database}");
        if (Array.Find(names, static name => !BackupContent.Allows(name)) is { } foreign)
        {
            throw new Refusal($"it names \"{foreign}\", which no backup holds");
        }

        return manifest;
    }

    private static void Unpack(TarReader tar, BackupFile expected, string folder)
    {
        if (tar.GetNextEntry() is not { EntryType: TarEntryType.RegularFile, DataStream: { } content } entry || entry.Name != expected.Name)
        {
            throw new Refusal($"{expected.Name} is not where its manifest says");
        }

        bool sized = entry.Length == expected.Bytes && expected.Bytes <= BackupContent.LimitOf(expected.Name);
        if (!sized) throw new Refusal($"{expected.Name} has another length than its manifest says");
        string path = Path.Combine(folder, expected.Name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        using var file = new FileStream(
            path, new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.ReadWrite, UnixCreateMode = Private });
        content.CopyTo(file);
        file.Flush(flushToDisk: true);
        file.Position = 0;
        bool same = file.Length == expected.Bytes && Convert.ToHexStringLower(SHA256.HashData(file)) == expected.Sha256;
        if (!same) throw new Refusal($"{expected.Name} is not what was written: its digest differs");
    }

    private static void CheckStore(BackupManifest manifest, string folder)
    {
        StoreSnapshot found;
        try
        {
            found = StoreSnapshot.Check(Path.Combine(folder, BackupContent.Database));
        }
        catch (InvalidDataException exception)
        {
            throw new Refusal("its database is damaged", exception);
        }

        bool same = found == new StoreSnapshot(manifest.Layout, manifest.Revision, manifest.Objects);
        if (!same) throw new Refusal("its database is another than its manifest describes");
    }

    /// <summary>What is wrong with an archive, as the end of a sentence about it.</summary>
    private sealed class Refusal(string message, Exception? inner = null) : Exception(message, inner);
}
