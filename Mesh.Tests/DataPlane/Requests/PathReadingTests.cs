using Mesh.DataPlane.Requests;

namespace Mesh.Tests.DataPlane.Requests;

public class PathReadingTests
{
    [Theory]
    [InlineData("/")]
    [InlineData("/admin")]
    [InlineData("/admin/")]
    [InlineData("/a/b.c/..d/e")]
    [InlineData("/caf%C3%A9/a%20b/%2520")]
    [InlineData("/a+b:c@d")]
    public void Most_paths_are_read_in_one_way(string path) => Assert.Null(PathReading.Tolerant(path));

    [Theory]
    [InlineData("//admin", "/admin")]
    [InlineData("/%61dmin", "/admin")]
    [InlineData("/x/../admin", "/admin")]
    [InlineData("/../admin", "/admin")]
    [InlineData("/%2e%2E/admin", "/admin")]
    [InlineData("/./admin", "/admin")]
    [InlineData("/admin/.", "/admin/")]
    [InlineData("/admin/x/..", "/admin/")]
    [InlineData("/admin%2f", "/admin/")]
    [InlineData("/admin%2Fx", "/admin/x")]
    [InlineData("/admin;x", "/admin")]
    [InlineData("/admin;x/y", "/admin/y")]
    [InlineData("/x/..;a/admin", "/admin")]
    [InlineData("/admin%3bx", "/admin")]
    [InlineData("\\admin", "/admin")]
    [InlineData("/x\\..\\admin", "/admin")]
    [InlineData("/x%5c..%5cadmin", "/admin")]
    [InlineData("//", "/")]
    [InlineData("/a/..", "/")]
    public void Some_servers_read_others_as_another_one(string path, string other) => Assert.Equal(other, PathReading.Tolerant(path));

    [Theory]
    [InlineData("/a/../b", true)]
    [InlineData("/..", true)]
    [InlineData("/%2e./b", true)]
    [InlineData("/..;x/b", true)]
    [InlineData("/a\\..\\b", true)]
    [InlineData("/a%2f..%2fb", true)]
    [InlineData("/a..b/...", false)]
    [InlineData("/a?b=/../", false)]
    public void A_path_leads_upwards_by_a_segment_of_two_dots(string path, bool leads) => Assert.Equal(leads, PathReading.LeadsUp(path));
}
