using Microsoft.Extensions.Time.Testing;
using Trireme.Output;

namespace Trireme.Tests.Output;

public sealed class ProgressLineTests : IDisposable
{
    private readonly FakeTimeProvider _time = new();
    private readonly StringWriter _output = new() { NewLine = "\n" };

    public void Dispose() => _output.Dispose();

    [Fact]
    public void A_terminal_has_one_line_that_is_written_over_cut_to_its_width_and_taken_away()
    {
        using (var line = new ProgressLine(_output, static () => 10, _time))
        {
            line.Show("0123456789abc");
            Assert.False(line.IsDue);
            _time.Advance(TimeSpan.FromMilliseconds(200));
            Assert.True(line.IsDue);
            line.Show("short");
        }

        Assert.Equal("\r012345678\e[K\rshort\e[K\r\e[K", _output.ToString());
    }

    [Fact]
    public void Elsewhere_there_is_a_plain_line_every_ten_seconds_and_nothing_is_taken_away()
    {
        using (var line = new ProgressLine(_output, width: null, _time))
        {
            var bar = new ProgressBar(line, _time);
            for (int second = 1; second <= 25; second++)
            {
                _time.Advance(TimeSpan.FromSeconds(1));
                bar.Show(second << 20, 100 << 20);
            }
        }

        Assert.Equal("10%  10.0 MiB of 100.0 MiB, 90 s left\n20%  20.0 MiB of 100.0 MiB, 80 s left\n", _output.ToString());
    }

    [Fact]
    public void A_line_that_stays_takes_the_place_of_the_one_that_is_written_over()
    {
        using var line = new ProgressLine(_output, static () => 80, _time);
        line.Show("waiting ...");
        line.Print("ready");
        Assert.Equal("\rwaiting ...\e[K\r\e[Kready\n", _output.ToString());
    }
}
