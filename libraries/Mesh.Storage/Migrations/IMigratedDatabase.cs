using Mesh.Kernel.Log;

namespace Mesh.Storage.Migrations;

/// <summary>What <see cref="SchemaMigrator"/> needs of a database.</summary>
internal interface IMigratedDatabase
{
    /// <summary>For messages.</summary>
    string Description { get; }

    /// <summary>
    /// In one transaction, which excludes every other that migrates or appends: reads the version (0: no tables yet), asks
    /// <paramref name="next"/> for the script that follows, runs it as a whole and sets its version. What <paramref name="next"/> throws
    /// ends the transaction and comes out.
    /// </summary>
    /// <returns>False if there is no script to run.</returns>
    /// <exception cref="LogStoreException">
    /// The database failed; script and version are both undone, unless the outcome of the commit is unknown.
    /// </exception>
    ValueTask<bool> AdvanceAsync(Func<int, Migration?> next, CancellationToken cancellationToken);

    /// <summary>What a fault of this database says, on one line.</summary>
    string Explain(Exception fault);
}
