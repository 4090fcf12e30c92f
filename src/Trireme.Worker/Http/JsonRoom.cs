using System.Globalization;
using Microsoft.AspNetCore.Http;
using Trireme.Contracts.OpenAi;

namespace Trireme.Worker.Http;

/// <summary>
/// Admission by the number of values: a body of many small ones takes ten times its bytes and more once it is read. What they will take is
/// counted before they are, against half of what the heap may take. A heap that runs into its bound fails an allocation wherever that may
/// be, also where the runtime cannot go on without it.
/// </summary>
/// <param name="heapBytes">What the heap may take now.</param>
internal sealed class JsonRoom(Func<long> heapBytes)
{
    /// <summary>Bytes of a value as a reader keeps it and as a template sees it, with the growth of lists; up to 100 were seen.</summary>
    internal const long BytesPerValue = 128;

    /// <summary>So many are no concern, and ordinary requests hold less.</summary>
    internal const int OrdinaryValues = 8192;

    /// <summary>More than this is no request, however large the machine.</summary>
    private const long MostBytes = 1L << 30;

    private long _held;

    public JsonRoom()
        : this(static () => GC.GetGCMemoryInfo().TotalAvailableMemoryBytes)
    {
    }

    private long Room => Math.Min(MostBytes, heapBytes() / 2);

    /// <summary>Takes room for a body's values, which <see cref="Return"/> gives back; null, or why there is none.</summary>
    public WorkerError? TryTake(int values, out long taken)
    {
        taken = 0;
        if (values <= OrdinaryValues) return null;
        long bytes = values * BytesPerValue;
        long room = Room;
        if (bytes > room) return TooMany(values, room / BytesPerValue);
        if (Interlocked.Add(ref _held, bytes) > room)
        {
            Interlocked.Add(ref _held, -bytes);
            return WorkerError.Overloaded("Requests under way take the memory there is for their values; send this one again later.");
        }

        taken = bytes;
        return null;
    }

    public void Return(long bytes) => Interlocked.Add(ref _held, -bytes);

    private static WorkerError TooMany(int values, long most) => new()
    {
        Status = StatusCodes.Status413PayloadTooLarge,
        Message = string.Create(
            CultureInfo.InvariantCulture,
            $"The body holds {values:N0} JSON values, and this replica has memory to read {most:N0}. Send fewer."),
        Code = OpenAiErrorCodes.RequestTooLarge,
        MayBeSentAgain = false,
    };
}
