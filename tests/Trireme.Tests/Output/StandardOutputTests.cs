using System.IO.Pipes;
using Trireme.Output;

namespace Trireme.Tests.Output;

public sealed class StandardOutputTests
{
    [Fact]
    public void A_pipe_is_closed_once_its_reader_has_left()
    {
        using var writer = new AnonymousPipeServerStream(PipeDirection.Out);
        int descriptor = (int)writer.SafePipeHandle.DangerousGetHandle();
        using (var reader = new AnonymousPipeClientStream(PipeDirection.In, writer.ClientSafePipeHandle))
        {
            Assert.False(StandardOutput.IsBroken(descriptor));
        }

        Assert.True(StandardOutput.IsBroken(descriptor));
    }
}
