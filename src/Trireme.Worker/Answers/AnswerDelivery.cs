using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Trireme.Inference.Generation;
using Trireme.Worker.Hosting;
using Trireme.Worker.Http;

namespace Trireme.Worker.Answers;

/// <summary>Carries a request from its plan to the last byte of its answers, streamed or whole.</summary>
internal static class AnswerDelivery
{
    /// <summary>Null once answered; an error while the status of the HTTP answer is still open.</summary>
    public static async Task<WorkerError?> RunAsync(HttpContext context, IInferenceEngine engine, AnswerPlan plan, IAnswerFormat format)
    {
        using AnswerSet? answers = AnswerSet.Submit(engine, plan, context.RequestAborted, out WorkerError? refused);
        if (answers is null) return refused;
        return plan.Stream
            ? await StreamAsync(context, answers, plan, format)
            : await SendWholeAsync(context, answers, plan, format);
    }

    private static async Task<WorkerError?> SendWholeAsync(HttpContext context, AnswerSet answers, AnswerPlan plan, IAnswerFormat format)
    {
        if (await answers.ReadAsync(static prompt => prompt.CollectAsync()) is { } failure) return failure;
        context.Response.ContentType = "application/json; charset=utf-8";
        await using (var json = new Utf8JsonWriter(context.Response.BodyWriter, EventStream.JsonOptions))
        {
            format.WriteWhole(json, answers.Answers, answers.CountUsage(plan.AnswersPerPrompt));
        }

        await context.Response.BodyWriter.FlushAsync();
        return null;
    }

    private static async Task<WorkerError?> StreamAsync(HttpContext context, AnswerSet answers, AnswerPlan plan, IAnswerFormat format)
    {
        // :: Step 1: Hold the headers until the engine has produced something: before them a failure is an honest status.
        TokenEvent first = await answers.First.PeekAsync();
        if (Answer.Failed(first)) return Describe(first, context.RequestAborted);

        // :: Step 2: Interleave the answers' events as they come.
        using var stream = new EventStream(context);
        WorkerError? failure = await answers.ReadAsync(prompt => PumpAsync(stream, prompt, format));

        // :: Step 3: End with the counts and the end marker, or with the first failure and no end marker.
        if (failure is not null)
        {
            stream.WriteError(failure);
        }
        else
        {
            if (plan.IncludeUsage) format.WriteUsage(stream, answers.CountUsage(plan.AnswersPerPrompt));
            stream.WriteDone();
        }

        await stream.FlushAsync();
        return null;
    }

    /// <summary>Writes the events of one prompt's answers as they come; null, or how one failed.</summary>
    private static async Task<TokenEvent?> PumpAsync(EventStream stream, PromptAnswers prompt, IAnswerFormat format)
    {
        while (await prompt.WaitAsync())
        {
            await stream.EnterAsync();
            try
            {
                // Tokens that are ready together leave together; nothing written waits for a token that is not there yet.
                while (prompt.TryRead(out Answer? answer, out TokenEvent? token))
                {
                    if (Answer.Failed(token)) return token;
                    format.WriteToken(stream, answer, token);
                }

                await stream.FlushAsync();
            }
            finally
            {
                stream.Exit();
            }
        }

        return prompt.MissingEnd;
    }

    /// <summary>Why an answer broke off.</summary>
    public static WorkerError Describe(TokenEvent failed, CancellationToken clientGone)
    {
        clientGone.ThrowIfCancellationRequested();
        return failed switch
        {
            { FinishReason: FinishReason.Expired, Error: { } error } => WorkerError.Expired(error),
            // An abort that no client caused by leaving carries its reason.
            { FinishReason: FinishReason.Abort, Error: { } error } => WorkerError.Asleep(error),
            { FinishReason: FinishReason.Abort } => WorkerError.NotServing(WorkerState.Draining, failure: null),
            _ => WorkerError.EngineFailed(StatusCodes.Status500InternalServerError, failed.Error),
        };
    }
}
