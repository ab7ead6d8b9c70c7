module cofferdam.test/cluster/pause

go 1.26.8
