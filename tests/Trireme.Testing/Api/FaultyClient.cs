using System.Runtime.CompilerServices;
using System.Text.Json.Nodes;
using Trireme.Contracts.Resources;
using Trireme.Contracts.Schema;
using Trireme.Kubernetes;

namespace Trireme.Testing;

/// <summary>A client of one kind over a <see cref="FaultyApi"/>.</summary>
internal sealed class FaultyClient<T>(IResourceClient<T> inner, FaultPlan plan, TimeProvider time, CancellationToken cut)
    : IResourceClient<T>
    where T : class, IResource
{
    private static readonly TimeSpan LongestAnswer = TimeSpan.FromSeconds(8);

    private static readonly Fault[] OfReads = [Fault.ServerError, Fault.Unreachable, Fault.SlowAnswer];

    private static readonly Fault[] OfCreates =
        [Fault.ServerError, Fault.Unreachable, Fault.SlowAnswer, Fault.LostAnswer, Fault.LateEffect];

    private static readonly Fault[] OfUpdates = [.. OfCreates, Fault.Conflict];

    private static readonly Fault[] OfWatches = [Fault.Unreachable, Fault.ServerError, Fault.WatchExpired];

    private static readonly Fault[] OfChanges =
        [Fault.WatchCut, Fault.WatchClosed, Fault.WatchDuplicate, Fault.WatchDelay, Fault.WatchStall];

    public ResourceDefinition Definition => inner.Definition;

    public Task<T> GetAsync(ResourceKey key, CancellationToken cancellationToken = default) =>
        CallAsync("get", OfReads, token => inner.GetAsync(key, token), cancellationToken);

    public Task<ResourceList<T>> ListAsync(
        string? @namespace = null, ListOptions? options = null, CancellationToken cancellationToken = default) =>
        CallAsync("list", OfReads, token => inner.ListAsync(@namespace, options, token), cancellationToken);

    public Task<T> CreateAsync(T resource, CancellationToken cancellationToken = default) =>
        CallAsync("create", OfCreates, token => inner.CreateAsync(resource, token), cancellationToken);

    public Task<T> ReplaceAsync(T resource, CancellationToken cancellationToken = default) =>
        CallAsync("replace", OfUpdates, token => inner.ReplaceAsync(resource, token), cancellationToken);

    public Task<T> ReplaceStatusAsync(T resource, CancellationToken cancellationToken = default) =>
        CallAsync("replace status", OfUpdates, token => inner.ReplaceStatusAsync(resource, token), cancellationToken);

    public Task<T> ApplyAsync(T resource, CancellationToken cancellationToken = default) =>
        CallAsync("apply", OfUpdates, token => inner.ApplyAsync(resource, token), cancellationToken);

    public Task<T> PatchAsync(ResourceKey key, JsonObject patch, CancellationToken cancellationToken = default) =>
        CallAsync("patch", OfUpdates, token => inner.PatchAsync(key, patch, token), cancellationToken);

    public Task<T> PatchStatusAsync(ResourceKey key, JsonObject patch, CancellationToken cancellationToken = default) =>
        CallAsync("patch status", OfUpdates, token => inner.PatchStatusAsync(key, patch, token), cancellationToken);

    public Task DeleteAsync(ResourceKey key, DeleteOptions? options = null, CancellationToken cancellationToken = default) => CallAsync(
        "delete",
        OfCreates,
        async token =>
        {
            await inner.DeleteAsync(key, options, token);
            return true;
        },
        cancellationToken);

    public async IAsyncEnumerable<WatchEvent<T>> WatchAsync(
        string? @namespace, ListOptions options, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        using var both = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, cut);
        await Task.Yield();
        both.Token.ThrowIfCancellationRequested();
        if (Strike("watch", OfWatches) is { } fault) throw Failure(fault, "watch");
        await foreach (WatchEvent<T> change in inner.WatchAsync(@namespace, options, both.Token))
        {
            await Task.Yield();
            switch (Strike("change", OfChanges))
            {
                case Fault.WatchCut:
                    throw new IOException("The connection of the watch broke.");
                case Fault.WatchClosed:
                    yield break;
                case Fault.WatchDuplicate:
                    yield return change;
                    break;
                case Fault.WatchDelay:
                    await Task.Delay(plan.Pause(TimeSpan.Zero, LongestAnswer), time, both.Token);
                    break;
                case Fault.WatchStall:
                    await Task.Delay(Timeout.InfiniteTimeSpan, time, both.Token);
                    break;
            }

            both.Token.ThrowIfCancellationRequested();
            yield return change;
        }
    }

    private async Task<TAnswer> CallAsync<TAnswer>(
        string verb, Fault[] possible, Func<CancellationToken, Task<TAnswer>> call, CancellationToken cancellationToken)
    {
        using var both = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, cut);
        await Task.Yield();
        both.Token.ThrowIfCancellationRequested();
        Fault? fault = Strike(verb, possible);
        switch (fault)
        {
            case Fault.SlowAnswer:
                await Task.Delay(plan.Pause(TimeSpan.Zero, LongestAnswer), time, both.Token);
                break;
            case Fault.LostAnswer:
                await call(CancellationToken.None);
                throw Failure(Fault.LostAnswer, verb);
            case Fault.LateEffect:
                _ = DoLaterAsync(call);
                throw Failure(Fault.LateEffect, verb);
            case { } refused:
                throw Failure(refused, verb);
        }

        TAnswer answer = await call(both.Token);
        await Task.Yield();
        return answer;
    }

    private async Task DoLaterAsync<TAnswer>(Func<CancellationToken, Task<TAnswer>> call)
    {
        await Task.Delay(plan.Pause(TimeSpan.Zero, LongestAnswer), time, CancellationToken.None);
        try
        {
            await call(CancellationToken.None);
        }
        catch (ApiException)
        {
            // Nobody is there to be told.
        }
    }

    private Fault? Strike(string verb, Fault[] possible) => plan.Strike($"{verb} {Definition.Plural}", possible);

    private Exception Failure(Fault fault, string verb) => fault switch
    {
        Fault.Conflict => ApiAnswers.Modified(Definition, "an object"),
        Fault.ServerError => ApiAnswers.Internal(Definition, $"the plan made this {verb} fail"),
        Fault.WatchExpired => ApiAnswers.Expired(Definition, "the plan made this revision expire"),
        Fault.Unreachable => new HttpRequestException(
            HttpRequestError.ConnectionError, $"The {verb} of {Definition.Plural} found no server."),
        _ => new HttpRequestException($"The {verb} of {Definition.Plural} was not answered."),
    };
}
