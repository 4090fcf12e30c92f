using System.Formats.Tar;
using System.IO.Compression;
using System.Text.Json;
using Trireme.ApiServer.Hosting;
using Trireme.Commands;
using Trireme.Contracts.Serialization;
using Trireme.Contracts.Storage;
using Trireme.Hosting;

namespace Trireme.Backup;

/// <summary>
/// Writes a data folder's backup: one gzipped tar archive that only its owner can read. It gets its name when all of it is on the disk,
/// so a file of that name is whole, whenever the program or the machine dies.
/// </summary>
internal static class BackupWriter
{
    private const UnixFileMode Private = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <param name="data">The folder; a platform may run on it.</param>
    /// <param name="target">The archive to make; what bears the name is replaced in the end.</param>
    /// <param name="now">When it is made.</param>
    /// <param name="progress">Told the bytes written so far, and all that there will be.</param>
    /// <param name="cancellationToken">Ends it with nothing left behind; what bore the name stays.</param>
    /// <exception cref="IOException">There is nothing to back up, or the archive cannot be written; what bore its name stays.</exception>
    /// <exception cref="InvalidDataException">The store is damaged, or a key is far too large for one.</exception>
    public static BackupManifest Write(
        DataFolderLayout data,
        string target,
        DateTimeOffset now,
        Action<long, long>? progress = null,
        CancellationToken cancellationToken = default)
    {
        string partial = target + ".partial";
        string folder = target + ".partial.files";
        RegularFile.ThrowIfIrreplaceable(target);
        RegularFile.ThrowIfOther(partial);
        using FileStream archive = Create(partial);
        try
        {
            // What a killed backup left; its lock went with it.
            if (Directory.Exists(folder)) Directory.Delete(folder, recursive: true);
            Directory.CreateDirectory(folder, Private | UnixFileMode.UserExecute);
            BackupManifest manifest = Collect(data, folder, now);
            cancellationToken.ThrowIfCancellationRequested();
            WriteArchive(archive, folder, manifest, progress, cancellationToken);
            archive.Flush(flushToDisk: true);
            File.Move(partial, target, overwrite: true);
            return manifest;
        }
        catch
        {
            File.Delete(partial);
            throw;
        }
        finally
        {
            if (Directory.Exists(folder)) Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>Copies everything first, so that what is described is what is written, however it changes meanwhile.</summary>
    private static BackupManifest Collect(DataFolderLayout data, string folder, DateTimeOffset now)
    {
        string copy = Path.Combine(folder, BackupContent.Database);
        StoreSnapshot snapshot = StoreSnapshot.Take(Path.Combine(data.Root, BackupContent.Database), copy);
        var files = new List<BackupFile> { BackupContent.Describe(BackupContent.Database, copy) };
        var leftOut = new List<string>();
        files.AddRange(SideCopies.Take(data.Root, folder, leftOut)
            .Select(name => BackupContent.Describe(name, Path.Combine(folder, name))));
        foreach (string name in BackupContent.Find(data.Root))
        {
            string place = Path.Combine(folder, name);
            Directory.CreateDirectory(Path.GetDirectoryName(place)!);
            BoundedCopy(Path.Combine(data.Root, name), place);
            files.Add(BackupContent.Describe(name, place));
        }

        return new BackupManifest
        {
            Format = BackupManifest.CurrentFormat,
            Version = Product.Version,
            CreatedAt = now,
            Layout = snapshot.Layout,
            Revision = snapshot.Revision,
            Objects = snapshot.Objects,
            Files = files,
            LeftOut = leftOut,
        };
    }

    private static void WriteArchive(
        FileStream archive, string folder, BackupManifest manifest, Action<long, long>? progress, CancellationToken cancellationToken)
    {
        long all = manifest.Files.Sum(static file => file.Bytes), written = 0;
        using var gzip = new GZipStream(archive, CompressionLevel.Fastest, leaveOpen: true);
        using var tar = new TarWriter(gzip, TarEntryFormat.Pax, leaveOpen: true);
        byte[] json = JsonSerializer.SerializeToUtf8Bytes(manifest, ResourceJson.Indented);
        Add(tar, BackupManifest.FileName, new MemoryStream(json), manifest.CreatedAt);
        foreach (BackupFile file in manifest.Files)
        {
            using var content = new ObservedStream(File.OpenRead(Path.Combine(folder, file.Name)), Wrote, cancellationToken);
            Add(tar, file.Name, content, manifest.CreatedAt);
        }

        void Wrote(int bytes) => progress?.Invoke(written += bytes, all);
    }

    private static void Add(TarWriter tar, string name, Stream content, DateTimeOffset time) => tar.WriteEntry(
        new PaxTarEntry(TarEntryType.RegularFile, name) { Mode = Private, ModificationTime = time, DataStream = content });

    private static void BoundedCopy(string from, string to)
    {
        using FileStream source = RegularFile.OpenRead(from, bufferBytes: 4096);
        if (source.Length > BackupContent.MaxFileBytes)
        {
            throw new InvalidDataException($"{from} has {source.Length} bytes, far more than a key; move it out of the data folder");
        }

        using var copy = new FileStream(
            to, new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, UnixCreateMode = Private });
        source.CopyTo(copy);
    }

    private static FileStream Create(string path)
    {
        var options = new FileStreamOptions
        {
            Mode = FileMode.OpenOrCreate, Access = FileAccess.Write, Share = FileShare.None, UnixCreateMode = Private,
        };
        var file = new FileStream(path, options);
        File.SetUnixFileMode(file.SafeFileHandle, Private);
        file.SetLength(0);
        return file;
    }
}
