using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Trireme.Inference.Generation;
using Trireme.Worker.Answers;
using Trireme.Worker.Chat;
using Trireme.Worker.Http;
using Trireme.Worker.Tools;

namespace Trireme.Worker.Tests.Http;

public sealed class EventStreamTests
{
    [Fact]
    public async Task A_streamed_token_allocates_nothing()
    {
        using EventStream stream = Open(Stream.Null);
        var format = new ChatAnswerFormat(Plan(), texts: null!, ToolUse.None, isThinking: false);
        var answer = new Answer(0, [1, 2]);
        var token = new TokenEvent { TokenId = 5, Text = "hello \"wörld\"" };
        const int Tokens = 1_000;
        await WriteAsync(Tokens);

        long before = GC.GetAllocatedBytesForCurrentThread();
        Task written = WriteAsync(Tokens);
        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;

        Assert.True(written.IsCompletedSuccessfully);
        // The loop itself may cost something once; a byte per token it may not.
        Assert.InRange(allocated, 0, Tokens - 1);

        async Task WriteAsync(int count)
        {
            for (int i = 0; i < count; i++)
            {
                format.WriteToken(stream, answer, token);
                await stream.FlushAsync();
            }
        }
    }

    private static EventStream Open(Stream body)
    {
        var context = new DefaultHttpContext();
        context.Features.Set<IHttpResponseBodyFeature>(new StreamResponseBodyFeature(body));
        return new EventStream(context);
    }

    private static AnswerPlan Plan() => new()
    {
        Header = new AnswerHeader("chatcmpl-1", "tiny", "tiny-1@0123456789ab", DateTimeOffset.UnixEpoch),
        Prompts = [[1, 2]],
        AnswersPerPrompt = 1,
        Sampling = new SamplingOptions(),
        CacheSalt = null,
        ArrivedAt = 0,
        PromptField = "messages",
        Stream = true,
        IncludeUsage = true,
        ReturnTokenIds = false,
    };
}
