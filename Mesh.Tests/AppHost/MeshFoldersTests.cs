using Mesh.AppHost.Settings;

namespace Mesh.Tests.AppHost;

public sealed class MeshFoldersTests
{
    [Fact]
    public void The_data_folder_is_absolute_and_its_own_for_each_port_offset()
    {
        Assert.Equal("/repo/.mesh", MeshFolders.Data("/repo", null, 0));
        Assert.Equal("/repo/.mesh/offset-1000", MeshFolders.Data("/repo", null, 1000));
        Assert.Equal(Path.GetFullPath("elsewhere"), MeshFolders.Data("/repo", "elsewhere", 1000));
    }

    [Fact]
    public void The_root_is_where_the_solution_is() =>
        Assert.Equal(Support.RepositoryRoot.Path, MeshFolders.Root(AppContext.BaseDirectory));
}
