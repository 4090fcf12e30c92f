using System.Text.Json;
using Trireme.Contracts.Storage;

namespace Trireme.Worker.Hosting;

/// <summary>Tells the platform where a worker listens.</summary>
internal static class EndpointFile
{
    /// <summary>Writes the file whole or not at all: a reader never sees half of it.</summary>
    public static async Task WriteAsync(string path, string endpoint, int processId, CancellationToken cancellationToken)
    {
        string temporary = $"{path}.{processId}.tmp";
        RegularFile.ThrowIfIrreplaceable(path);
        RegularFile.ThrowIfOther(temporary);
        try
        {
            await using (FileStream file = File.Create(temporary))
            {
                await JsonSerializer.SerializeAsync(file, new Contents(endpoint, processId), JsonSerializerOptions.Web, cancellationToken);
            }

            File.Move(temporary, path, overwrite: true);
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }
    }

    private sealed record Contents(string Endpoint, int Pid);
}
