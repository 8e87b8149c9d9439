using System.Collections.Immutable;
using System.Globalization;
using Mesh.Kernel.Log;

namespace Mesh.Storage.Migrations;

/// <summary>
/// All scripts of one store, from version 1 on without a gap. A script that was released never changes: databases hold what it made.
/// </summary>
internal sealed class MigrationScripts
{
    private readonly ImmutableArray<Migration> _scripts;

    /// <exception cref="InvalidOperationException">There are none, or the versions do not run from 1 on without a gap.</exception>
    public MigrationScripts(IEnumerable<Migration> scripts)
    {
        _scripts = [.. scripts.OrderBy(script => script.Version).ThenBy(script => script.Name, StringComparer.Ordinal)];
        if (_scripts.IsEmpty) throw new InvalidOperationException("There are no migration scripts.");
        for (var i = 0; i < _scripts.Length; i++)
        {
            if (_scripts[i].Version != i + 1)
                throw new InvalidOperationException(
                    $"The migration script {_scripts[i].Name} has version {_scripts[i].Version}, where {i + 1} is due.");
        }
    }

    /// <summary>The version that this program works with.</summary>
    public int Latest => _scripts.Length;

    /// <summary>The embedded files of <paramref name="store"/>'s folder, named <c>0001-what.sql</c>.</summary>
    public static MigrationScripts Embedded(string store)
    {
        var (assembly, prefix) = (typeof(MigrationScripts).Assembly, $"Mesh.Storage.{store}.Migrations.");
        return new(assembly.GetManifestResourceNames().Where(name => name.StartsWith(prefix, StringComparison.Ordinal)).Select(resource =>
        {
            using var reader = new StreamReader(assembly.GetManifestResourceStream(resource)!);
            var name = resource[prefix.Length..];
            return int.TryParse(name.Split('-')[0], NumberStyles.None, CultureInfo.InvariantCulture, out var version)
                ? new Migration(version, name, reader.ReadToEnd())
                : throw new InvalidOperationException($"The migration script {name} does not start with a version and a dash.");
        }));
    }

    /// <summary>The script that follows <paramref name="version"/> (0: no tables yet); null at the latest one.</summary>
    /// <exception cref="UnusableLogException">It is a version that this program does not know.</exception>
    public Migration? After(int version, string database) => version < 0 || version > Latest
        ? throw new UnusableLogException(Unknown(version, database))
        : version == Latest ? null : _scripts[version];

    /// <summary>Checks tables that were migrated when they were opened.</summary>
    /// <exception cref="LogStoreException">They have another version by now.</exception>
    public void Require(int version, string database)
    {
        if (version == Latest) return;
        throw new LogStoreException(
            version > Latest || version < 1
                ? Unknown(version, database)
                : $"{database}: the tables have version {version}, and this program opened them with version {Latest}: a copy was put "
                    + "in place meanwhile. " +
                    "Restart the program, which migrates them.",
            false);
    }

    private string Unknown(int version, string database) =>
        $"{database}: the tables have version {version}, and this program knows versions up to {Latest}. " +
        $"Start a program that knows version {version}, or restore a copy of the database made before they got it. Nothing was changed.";
}
