using System.Text.Json;
using Trireme.Contracts.Engines;
using Trireme.Contracts.Serialization;
using Trireme.Contracts.Storage;
using Trireme.Inference.Formats;

namespace Trireme.Worker.Hosting;

/// <summary>Holds a worker to the digests its files were verified by, before it serves and while it does.</summary>
internal static class PinnedModel
{
    /// <summary>A look costs one system call per file, and what happens between two looks is the mapping's fault handler's.</summary>
    private static readonly TimeSpan LookInterval = TimeSpan.FromSeconds(1);

    /// <summary>Null where no file of pins is given.</summary>
    /// <exception cref="IOException">The file cannot be read, or is none of pins.</exception>
    public static FilePins? Read(string? file)
    {
        if (file is null) return null;
        try
        {
            using FileStream content = RegularFile.OpenRead(file, bufferBytes: 4096);
            PinnedFileList list = JsonSerializer.Deserialize<PinnedFileList>(content, ResourceJson.Options)
                ?? throw new JsonException("it is empty");
            return new FilePins(list.Files);
        }
        catch (JsonException exception)
        {
            throw new IOException($"{file} is no list of files with their digests: {exception.Message}", exception);
        }
    }

    /// <summary>Completes with what is wrong once a file that is held has changed.</summary>
    public static async Task<string> WaitForChangeAsync(FilePins pins, TimeProvider time, CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(LookInterval, time);
        while (true)
        {
            await timer.WaitForNextTickAsync(cancellationToken);
            if (pins.FindChange(cancellationToken) is { } change) return change;
        }
    }
}
