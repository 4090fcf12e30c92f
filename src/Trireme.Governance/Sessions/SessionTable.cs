using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace Trireme.Governance.Sessions;

/// <summary>
/// The browsers that have signed in, a bounded number of them for a bounded time. What a browser presents is 32 random bytes in base64url,
/// of which only the SHA-256 is kept.
/// </summary>
/// <param name="maxSessions">Sessions at a time; for one more, the oldest ends.</param>
/// <param name="lifetime">How long one lasts.</param>
/// <param name="time">The clock that ends them.</param>
public sealed class SessionTable(int maxSessions, TimeSpan lifetime, TimeProvider time) : IDisposable
{
    private const int SecretBytes = 32;

    private readonly Lock _lock = new();
    private readonly Dictionary<string, BrowserSession> _sessions = new(StringComparer.Ordinal);
    private readonly LinkedList<BrowserSession> _byAge = [];

    public int Count
    {
        get
        {
            lock (_lock) return _sessions.Count;
        }
    }

    /// <summary>Begins a session; returns what its browser presents from now on.</summary>
    public string Begin()
    {
        string secret = Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(SecretBytes));
        var session = new BrowserSession(HashOf(secret), lifetime, time);
        BrowserSession? oldest = null;
        lock (_lock)
        {
            _sessions.Add(session.Hash, session);
            _byAge.AddLast(session);
            if (_sessions.Count > maxSessions) oldest = _byAge.First!.Value;
        }

        // Its end by time takes it out of the table like any other.
        session.Ended.Register(() => Forget(session));
        oldest?.End();
        return secret;
    }

    /// <summary>The session of what a browser presents; null if there is none or it has ended.</summary>
    public BrowserSession? Find(string? presented)
    {
        if (string.IsNullOrEmpty(presented)) return null;
        string hash = HashOf(presented);
        lock (_lock)
        {
            return _sessions.TryGetValue(hash, out BrowserSession? session) && !session.Ended.IsCancellationRequested ? session : null;
        }
    }

    public void Dispose()
    {
        BrowserSession[] all;
        lock (_lock) all = [.. _sessions.Values];
        foreach (BrowserSession session in all) session.End();
    }

    private void Forget(BrowserSession session)
    {
        lock (_lock)
        {
            if (_sessions.Remove(session.Hash)) _byAge.Remove(session);
        }

        session.Dispose();
    }

    private static string HashOf(string secret) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(secret)));
}

/// <summary>One browser that has signed in.</summary>
public sealed class BrowserSession : IDisposable
{
    private const int IdLength = 8;

    private readonly CancellationTokenSource _end;

    internal BrowserSession(string hash, TimeSpan lifetime, TimeProvider time)
    {
        Hash = hash;
        _end = new CancellationTokenSource(lifetime, time);
        Ended = _end.Token;
    }

    /// <summary>Tells sessions apart in logs; no secret.</summary>
    public string Id => Hash[..IdLength];

    /// <summary>Cancelled when the browser signs out or the time is over.</summary>
    public CancellationToken Ended { get; }

    internal string Hash { get; }

    /// <summary>Signs the browser out, and with it ends whatever waits for <see cref="Ended"/>.</summary>
    public void End()
    {
        try
        {
            _end.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // Its time was over already.
        }
    }

    public void Dispose() => _end.Dispose();
}
