using System.Collections.Concurrent;
using System.Security.Cryptography;
using Trireme.Contracts.Storage;

namespace Trireme.Inference.Formats;

/// <summary>
/// One reading of a model's files under their pins. It is ambient: every reader of this project ends in <see cref="ModelFile"/> or
/// <see cref="MappedFile"/>, which ask for it, so that no reader added later can go past the check.
/// </summary>
public sealed class PinnedReading : IDisposable
{
    private static readonly AsyncLocal<PinnedReading?> Ambient = new();

    private readonly FilePins _pins;
    private readonly PinnedReading? _outer;
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentBag<(HeldFile File, Task Verified)> _mapped = [];
    private readonly ConcurrentDictionary<string, bool> _read = new(StringComparer.Ordinal);
    private volatile bool _isOver;

    internal PinnedReading(FilePins pins)
    {
        _pins = pins;
        _outer = Ambient.Value;
        RefuseMissing();
        Ambient.Value = this;
    }

    /// <summary>Null where no pins are kept, or this thread was started by a reading that is over.</summary>
    internal static PinnedReading? Current => Ambient.Value is { _isOver: false } reading ? reading : null;

    /// <summary>Checks and holds a file that is read by others than this project, before they do.</summary>
    public void Hold(string path)
    {
        Take(path, RegularFile.OpenRead(path, bufferBytes: 1));
    }

    /// <summary>Waits until all that was read has been checked. From then on the files stay held by the pins.</summary>
    /// <exception cref="ModelFileChangedException">A file is not as pinned.</exception>
    public void Complete(CancellationToken cancellationToken)
    {
        foreach ((_, Task verified) in _mapped)
        {
            verified.WaitAsync(cancellationToken).GetAwaiter().GetResult();
        }

        RefuseMissing();
        while (_mapped.TryTake(out (HeldFile File, Task Verified) entry)) _pins.Hold(entry.File);
    }

    public void Dispose()
    {
        _isOver = true;
        Ambient.Value = _outer;
        _stop.Cancel();
        while (_mapped.TryTake(out (HeldFile File, Task Verified) entry))
        {
            ((IAsyncResult)entry.Verified).AsyncWaitHandle.WaitOne();
            entry.File.Dispose();
        }

        _stop.Dispose();
    }

    /// <summary>Checks what was read of a small file.</summary>
    internal void Saw(string path, ReadOnlySpan<byte> content)
    {
        path = Path.GetFullPath(path);
        string wanted = _pins.DigestOf(path), found = Text(SHA256.HashData(content));
        if (found != wanted) throw new ModelFileChangedException(path, $"has {found} but was verified as {wanted}.");
        _read[path] = true;
    }

    /// <summary>Takes over the descriptor of a file that is mapped, and begins to check it beside what goes on.</summary>
    internal void Take(string path, FileStream stream)
    {
        path = Path.GetFullPath(path);
        HeldFile file;
        try
        {
            file = new HeldFile(path, stream, _pins.DigestOf(path));
        }
        catch
        {
            stream.Dispose();
            throw;
        }

        _mapped.Add((file, Task.Run(() => file.Verify(_stop.Token))));
        _read[path] = true;
    }

    internal static string Text(byte[] digest) => "sha256:" + Convert.ToHexStringLower(digest);

    /// <summary>A file that is gone changes the model as one that is another, where a reader does without it.</summary>
    private void RefuseMissing()
    {
        foreach (string path in _pins.Files)
        {
            if (!_read.ContainsKey(path) && !File.Exists(path)) throw new ModelFileChangedException(path, "is missing.");
        }
    }
}
