using System.Text;
using Trireme.Contracts.Serialization;

namespace Trireme.Contracts.Tests;

public class YamlFileTests
{
    private const int Bound = 100_000;

    [Theory]
    [InlineData(0)]
    [InlineData(Bound)]
    public void A_stream_up_to_the_bound_is_read_whole(int bytes) =>
        Assert.Equal(new string('é', bytes / 2), YamlFile.Read(new PartStream(Encoding.UTF8.GetBytes(new string('é', bytes / 2))), Bound));

    [Theory]
    [InlineData(Bound + 1)]
    [InlineData(5 * Bound)]
    public void No_more_is_read_than_a_byte_over_the_bound(int bytes)
    {
        var stream = new PartStream(new byte[bytes]);
        Assert.Throws<InvalidDataException>(() => YamlFile.Read(stream, Bound));
        Assert.Equal(Bound + 1, stream.Position);
    }

    /// <summary>Gives a few bytes at a time and knows no length, as a pipe does.</summary>
    private sealed class PartStream(byte[] bytes) : MemoryStream(bytes)
    {
        public override long Length => throw new NotSupportedException();

        public override int Read(byte[] buffer, int offset, int count) => base.Read(buffer, offset, Math.Min(count, 777));
    }
}
