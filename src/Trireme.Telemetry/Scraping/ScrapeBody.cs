using System.Buffers;

namespace Trireme.Telemetry.Scraping;

/// <summary>The bytes of an answer, within the bound on one answer and that on all of them.</summary>
internal sealed class ScrapeBody(ScrapeMemory memory, int maxBytes)
{
    private const int ReadBytes = 16 * 1024;

    private ArrayBufferWriter<byte> _bytes = new();
    private long _taken;

    public ReadOnlyMemory<byte> Written => _bytes.WrittenMemory;

    /// <exception cref="ScrapeException">The stream is longer than allowed, or there is no memory for it.</exception>
    public async Task FillAsync(Stream stream, CancellationToken cancellationToken)
    {
        while (true)
        {
            int read = await stream.ReadAsync(_bytes.GetMemory(ReadBytes), cancellationToken);
            if (read == 0) return;
            _bytes.Advance(read);
            if (_bytes.WrittenCount > maxBytes) throw new ScrapeException($"the answer is longer than {maxBytes} bytes");
            Take(_bytes.WrittenCount);
        }
    }

    /// <summary>Forgets the answer. One that was large does not hold its memory until the next.</summary>
    public void Clear()
    {
        if (_bytes.Capacity > ScrapeMemory.FreeBytes) _bytes = new ArrayBufferWriter<byte>();
        else _bytes.ResetWrittenCount();
        memory.Return(_taken);
        _taken = 0;
    }

    private void Take(int written)
    {
        while (written > ScrapeMemory.FreeBytes + _taken)
        {
            if (!memory.TryTake(ScrapeMemory.FreeBytes))
            {
                throw new ScrapeException($"no memory for more than {ScrapeMemory.FreeBytes + _taken} bytes: other scrapes hold it");
            }

            _taken += ScrapeMemory.FreeBytes;
        }
    }
}
