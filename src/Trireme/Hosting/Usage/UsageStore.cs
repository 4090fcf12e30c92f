using System.Data.Common;

namespace Trireme.Hosting.Usage;

/// <summary>A database that the ledger's entries go into. The tables, and what they are asked, are the same in all of them.</summary>
internal abstract class UsageStore
{
    /// <summary>The form of the tables that this program writes.</summary>
    public const int Layout = 1;

    /// <summary>The tables, in words that every database reads.</summary>
    protected const string Tables = """
        CREATE TABLE requests (
            sequence BIGINT NOT NULL PRIMARY KEY,
            ended BIGINT NOT NULL,
            id TEXT NOT NULL,
            namespace TEXT NOT NULL,
            key TEXT NOT NULL,
            service TEXT NOT NULL,
            release TEXT NOT NULL,
            route TEXT NOT NULL,
            outcome BIGINT NOT NULL,
            status BIGINT NOT NULL,
            attempts BIGINT NOT NULL,
            prompt BIGINT NOT NULL,
            cached BIGINT NOT NULL,
            output BIGINT NOT NULL,
            cost BIGINT NOT NULL,
            replica_ms BIGINT NOT NULL,
            replica_cost BIGINT NOT NULL
        );
        CREATE INDEX requests_by_time ON requests (ended);
        CREATE TABLE hours (
            hour BIGINT NOT NULL,
            namespace TEXT NOT NULL,
            key TEXT NOT NULL,
            service TEXT NOT NULL,
            release TEXT NOT NULL,
            outcome BIGINT NOT NULL,
            requests BIGINT NOT NULL,
            attempts BIGINT NOT NULL,
            prompt BIGINT NOT NULL,
            cached BIGINT NOT NULL,
            output BIGINT NOT NULL,
            cost BIGINT NOT NULL,
            replica_ms BIGINT NOT NULL,
            replica_cost BIGINT NOT NULL,
            last BIGINT NOT NULL,
            PRIMARY KEY (hour, namespace, key, service, release, outcome)
        );
        CREATE INDEX hours_by_key ON hours (namespace, key, hour);
        """;

    /// <summary>What people are told it is: a path, or a server and a database.</summary>
    public abstract string Name { get; }

    /// <summary>Opens a connection that writes, and makes the tables where there are none.</summary>
    /// <exception cref="DbException">It cannot be used now.</exception>
    /// <exception cref="InvalidDataException">A newer version made the tables.</exception>
    public abstract DbConnection OpenToWrite();

    /// <summary>Opens a connection that only reads.</summary>
    /// <exception cref="DbException">It cannot be used now.</exception>
    public abstract DbConnection OpenToRead();

    /// <summary>Bytes that the tables take; null where their size is not for this program to bound.</summary>
    public virtual long? BytesOf(DbConnection connection) => null;

    /// <summary>Gives what became free back to the disk, where that has to be asked for.</summary>
    public virtual void Shrink(DbConnection connection)
    {
    }

    protected InvalidDataException Newer(long layout) =>
        new($"{Name} has layout {layout}, but this program reads layouts up to {Layout}");
}
