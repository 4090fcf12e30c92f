using System.ComponentModel;
using System.Net.Sockets;
using Trireme.Contracts.Storage;

namespace Trireme.Contracts.Tests.Storage;

public sealed class SystemShortageTests
{
    public static TheoryData<string, Exception, bool> Failures { get; } = new()
    {
        { "no descriptor left, from a file", new IOException("x", 24), true },
        { "no descriptor left in the system", new IOException("x", 23), true },
        { "no space left", new IOException("x", 28), true },
        { "a quota used up", new IOException("x", 122), true },
        { "no memory for a process", new Win32Exception(12), true },
        { "no memory for an object", new InsufficientMemoryException(), true },
        { "no descriptor left, from a socket", new SocketException((int)SocketError.TooManyOpenSockets), true },
        { "a shortage behind a request", new HttpRequestException("x", new SocketException((int)SocketError.TooManyOpenSockets)), true },
        { "a file that is not there", new FileNotFoundException(), false },
        { "a file that may not be read", new UnauthorizedAccessException(), false },
        { "a broken disk", new IOException("x", 5), false },
        { "a refused connection", new HttpRequestException("x", new SocketException((int)SocketError.ConnectionRefused)), false },
        { "any other input or output", new IOException("x"), false },
    };

    [Theory]
    [MemberData(nameof(Failures))]
    public void Shortages_are_told_from_faults(string sentence, Exception exception, bool isShortage)
    {
        Assert.NotEmpty(sentence);
        Assert.Equal(isShortage, SystemShortage.IsBehind(exception));
    }

    [Fact]
    public void A_file_that_cannot_be_opened_for_lack_of_space_is_one_as_the_system_says_it()
    {
        // The device that is always full.
        if (!File.Exists("/dev/full")) return;
        using var full = new FileStream("/dev/full", FileMode.Open, FileAccess.Write, FileShare.ReadWrite, bufferSize: 0);
        IOException exception = Assert.Throws<IOException>(() => full.Write("x"u8));
        Assert.True(SystemShortage.IsBehind(exception));
    }
}
