using Trireme.Contracts.Resources;
using Trireme.Contracts.Serialization;
using Trireme.Contracts.Storage;

namespace Trireme.Operator.Artifacts;

/// <summary>
/// Files by the digest of their content, each kept once whoever names it. One process at a time uses a store: the one that holds the data
/// folder.
/// </summary>
internal sealed class ArtifactStore(string root, ArtifactOptions options)
{
    /// <summary>What the rest of the platform needs of the disk, its own store first of all.</summary>
    private const long DiskReserveBytes = 256L << 20;

    private const UnixFileMode ReadOnly = UnixFileMode.UserRead;

    private readonly Lock _lock = new();
    private readonly Lock _layingOut = new();
    private readonly List<Reservation> _reservations = [];

    public ArtifactLayout Layout { get; } = new(root);

    /// <summary>What fetches use at the moment.</summary>
    public HeldNames Held { get; } = new();

    public void Prepare()
    {
        foreach (string folder in new[] { Layout.Blobs, Layout.Partial, Layout.Trees, Layout.Sources, Layout.Hub })
        {
            PrivateFile.CreateFolder(folder);
        }
    }

    /// <summary>Whether the bytes of a digest are here. That they are still these, whoever reads them checks.</summary>
    public bool Has(string sha256, long? sizeBytes) =>
        new FileInfo(Layout.Blob(sha256)) is { Exists: true } blob && (sizeBytes is null || blob.Length == sizeBytes);

    /// <summary>The source of an address at a revision, if all of it is here.</summary>
    public SourceRecord? Find(string address, string revision)
    {
        SourceRecord? record = SourceRecord.Read(Layout.Source(address, revision));
        bool isWhole = record is not null
            && record.Address == address
            && Directory.Exists(Layout.Tree(record.Tree))
            && record.Files.All(file => Has(file.Sha256, file.SizeBytes));
        return isWhole ? record : null;
    }

    /// <summary>Makes a finished file of the folder of begun ones a blob.</summary>
    public void Keep(string partial, string sha256)
    {
        File.SetUnixFileMode(partial, ReadOnly);
        File.Move(partial, Layout.Blob(sha256), overwrite: true);
    }

    /// <summary>Takes bytes from elsewhere on this machine, without a copy where the file system allows.</summary>
    public void Import(string file, string sha256)
    {
        string temporary = Path.Combine(Layout.Partial, Guid.NewGuid().ToString("n"));
        if (!HardLink.TryCreate(file, temporary)) File.Copy(file, temporary);
        File.Move(temporary, Layout.Blob(sha256), overwrite: true);
    }

    /// <summary>Throws bytes away that are not what their name says; whoever has them open keeps them.</summary>
    public void Discard(string sha256) => File.Delete(Layout.Blob(sha256));

    /// <summary>Lays a source's files out as an engine reads them, and says last that it is whole.</summary>
    public void Put(SourceRecord record)
    {
        // Two releases of one model come to their end together.
        lock (_layingOut)
        {
            PutTree(record);
            if (ArtifactAddress.TryParse(record.Address, out ArtifactAddress? address) && address.Scheme == ArtifactSchemes.Hub)
            {
                HubView.Write(Layout, address, record);
            }

            record.Write(Layout.Source(record.Address, record.Revision));
        }
    }

    /// <summary>Keeps room for a fetch.</summary>
    /// <param name="address">What is fetched, for people.</param>
    /// <param name="bytes">What is still to come.</param>
    /// <param name="received">How much of it has.</param>
    /// <exception cref="FetchException">There is not so much room.</exception>
    public IDisposable Reserve(string address, long bytes, Func<long> received)
    {
        lock (_lock)
        {
            long used = UsedBytes(), promised = PromisedBytes();
            if (used + promised + bytes > options.MaxBytes)
            {
                throw new FetchException(FetchProblem.Refused(
                    FetchReasons.StoreFull,
                    $"{address} needs {Text(bytes)} more, and the artifact store holds {Text(used)} of at most {Text(options.MaxBytes)}"
                    + (promised > 0 ? $", with {Text(promised)} on the way" : "")
                    + ". Raise artifacts.maxBytes, or delete releases that nothing uses: their files go after artifacts.gracePeriod."));
            }

            long free = FreeBytes();
            if (promised + bytes > free - DiskReserveBytes)
            {
                throw new FetchException(FetchProblem.Unknown(
                    FetchReasons.MachineShort,
                    $"{address} needs {Text(bytes)} more, and the disk of {Layout.Root} has {Text(free)} free, of which "
                    + $"{Text(DiskReserveBytes)} are kept"
                    + (promised > 0 ? $" and {Text(promised)} are on the way" : "")
                    + ". Make room; it is tried again."));
            }

            var reservation = new Reservation(this, bytes, received);
            _reservations.Add(reservation);
            return reservation;
        }
    }

    /// <summary>Bytes that a file of unknown size may have.</summary>
    public long RoomBytes()
    {
        lock (_lock)
        {
            long promised = PromisedBytes();
            return Math.Min(options.MaxBytes - UsedBytes(), FreeBytes() - DiskReserveBytes) - promised;
        }
    }

    /// <summary>Bytes of whole files and of begun ones.</summary>
    public long UsedBytes() => SizeOf(Layout.Blobs) + SizeOf(Layout.Partial);

    public FetchException TooLarge(string address, string file) => new(FetchProblem.Refused(
        FetchReasons.StoreFull,
        $"{file} of {address}, whose server does not say how large it is, does not fit: the artifact store may hold "
        + $"{Text(options.MaxBytes)} and the disk has {Text(FreeBytes())} free. Raise artifacts.maxBytes, or make room."));

    private void PutTree(SourceRecord record)
    {
        string tree = Layout.Tree(record.Tree);
        if (Directory.Exists(tree)) return;
        string temporary = $"{tree}.{Guid.NewGuid():n}";
        PrivateFile.CreateFolder(temporary);
        foreach (StoredFile file in record.Files)
        {
            string link = Path.Combine(temporary, file.Name);
            PrivateFile.CreateFolder(Path.GetDirectoryName(link)!);
            File.CreateSymbolicLink(link, $"{ArtifactLayout.Up(file.Name)}blobs/{file.Sha256}");
        }

        Directory.Move(temporary, tree);
    }

    private static string Text(long bytes) => new ByteSize(Math.Max(0, bytes)).ToRoundedText();

    private static long SizeOf(string folder) =>
        new DirectoryInfo(folder) is { Exists: true } existing ? existing.EnumerateFiles().Sum(static file => file.Length) : 0;

    private long FreeBytes() => new DriveInfo(Layout.Root).AvailableFreeSpace;

    private long PromisedBytes() => _reservations.Sum(static reservation => reservation.OutstandingBytes);

    private sealed class Reservation(ArtifactStore store, long bytes, Func<long> received) : IDisposable
    {
        private readonly long _before = received();

        public long OutstandingBytes => Math.Max(0, bytes - (received() - _before));

        public void Dispose()
        {
            lock (store._lock) store._reservations.Remove(this);
        }
    }
}
